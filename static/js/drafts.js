// Words that are not stored yet are kept in this browser, sent again by themselves, and found
// again after a reload, a sign-in or a crash. Nothing is kept once the server has it.

const person = document.body.dataset.person;
const prefix = `draft:${person}:`;
const keyOf = (field) => `${prefix}${field.id}`;
const words = (element) => element.matches?.("form[data-saves] .scene__prompt, form[data-saves] .scene__caption");

function keep(field) {
  const version = field.form.querySelector("[name=version]")?.value ?? "";
  try {
    localStorage.setItem(keyOf(field), JSON.stringify({ text: field.value, version, at: Date.now() }));
  } catch { /* full or forbidden: the field still holds the words */ }
}

function forget(field) {
  try { localStorage.removeItem(keyOf(field)); } catch { /* nothing was kept */ }
}

document.addEventListener("input", (event) => {
  if (words(event.target)) keep(event.target);
});

// What the server has is kept no longer; what it has not is sent again, ever more slowly.
const waits = new Map();
document.body.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.requestConfig.elt;
  if (!form.matches?.("form[data-saves]")) return;
  for (const field of form.elements) {
    if (words(field) && !("dirty" in field.dataset)) forget(field);
  }
  const status = event.detail.xhr.status;
  if (status && status < 500 && status !== 429) {
    waits.delete(form.id);
    return;
  }
  if (!form.id || !form.querySelector("[data-dirty]")) return;
  const wait = Math.min(30, (waits.get(form.id)?.wait ?? 1) * 2);
  clearTimeout(waits.get(form.id)?.timer);
  waits.set(form.id, { wait, timer: setTimeout(() => send(form.id), wait * 1000) });
  const saved = document.getElementById("saved");
  if (saved) saved.textContent = "Not saved: kept here, retrying";
});

function send(id) {
  const form = document.getElementById(id);
  if (form?.querySelector("[data-dirty]")) form.requestSubmit();
}
addEventListener("online", () => [...waits.keys()].forEach(send));

// A page that opens again takes up what an earlier one could not store. If somebody else wrote in
// the scene meanwhile, the version of then makes the server show both.
addEventListener("load", () => {
  for (const field of document.querySelectorAll(".scene__prompt, .scene__caption")) {
    if (!words(field)) continue;
    let draft = null;
    try { draft = JSON.parse(localStorage.getItem(keyOf(field))); } catch { /* none that can be read */ }
    if (!draft) continue;
    if (draft.text === field.value) {
      forget(field);
      continue;
    }
    field.value = draft.text;
    const version = field.form.querySelector("[name=version]");
    if (version && draft.version) version.value = draft.version;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
