// Words that are not stored yet are kept in this browser, sent again by themselves, and found
// again after a reload, a sign-in or a crash. Nothing is kept once the server has it.

const prefix = `draft:${document.body.dataset.person}:${location.pathname}:`;
const keyOf = (field) => prefix + field.id;
const FIELDS = "form[data-kept] :is(textarea, input:not([type]))[id]";
const saved = document.getElementById("saved");

// What the server had when the words were written, by which it tells whether somebody else
// wrote meanwhile: a scene counts versions, the look sends along what it showed.
const basis = (field) =>
  field.form.elements.version ?? field.form.elements[`was-${field.name}`] ?? null;

function keep(field) {
  const base = basis(field)?.value ?? field.defaultValue;
  try {
    localStorage.setItem(keyOf(field), JSON.stringify({ text: field.value, base, at: Date.now() }));
  } catch { /* full or forbidden: the field still holds the words */ }
}

function forget(field) {
  try { localStorage.removeItem(keyOf(field)); } catch { /* nothing was kept */ }
}

function kept(field) {
  try { return JSON.parse(localStorage.getItem(keyOf(field))); } catch { return null; }
}

document.addEventListener("input", (event) => {
  if (event.target.matches(FIELDS)) keep(event.target);
});

// Whoever has to sign in again stays on the page with their words until they go themselves.
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr } = event.detail;
  if (elt.matches("form[data-kept]") && xhr.getResponseHeader("HX-Redirect")) event.preventDefault();
});

// What the server has is kept no longer; what it has not is sent again, ever more slowly.
const waits = new Map();
document.body.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.requestConfig.elt;
  if (!form.matches("form[data-kept]")) return;
  for (const field of form.querySelectorAll(FIELDS)) {
    if (!("dirty" in field.dataset)) forget(field);
  }
  const { xhr } = event.detail;
  const signIn = xhr.getResponseHeader("HX-Redirect");
  const stale = xhr.status === 403;
  const refused = xhr.status >= 200 && xhr.status < 500 && xhr.status !== 429;
  clearTimeout(waits.get(form.id)?.timer);
  if ((refused && !signIn && !stale) || !form.querySelector("[data-dirty]")) {
    waits.delete(form.id);
    return;
  }
  const wait = Math.min(30, (waits.get(form.id)?.wait ?? 1) * 2);
  waits.set(form.id, { wait, timer: setTimeout(() => send(form.id), wait * 1000) });
  if (signIn) say("Not saved: kept here.", "Sign in again", signIn);
  else if (stale) say("Not saved: kept here.", "Reload the page", location.pathname);
  else say("Not saved: kept here, retrying");
});

function send(id) {
  const form = document.getElementById(id);
  if (form?.querySelector("[data-dirty]")) form.requestSubmit();
}
addEventListener("online", () => [...waits.keys()].forEach(send));

function say(words, act, address) {
  saved.dataset.state = "failed";
  if (!act) {
    saved.textContent = words;
    return;
  }
  // Beside a title on a phone there is room for little.
  saved.textContent = matchMedia("(max-width: 760px)").matches ? "" : `${words} `;
  const link = document.createElement("a");
  link.href = address;
  link.textContent = act;
  link.dataset.keepsWords = "";
  saved.append(link);
}

// These lead back here, where the words are found again: nothing to warn of.
saved?.addEventListener("click", (event) => {
  if (!event.target.matches("[data-keeps-words]")) return;
  for (const field of document.querySelectorAll(`:is(${FIELDS})[data-dirty]`)) {
    if (kept(field)?.text === field.value) delete field.dataset.dirty;
  }
});

// A page that opens again takes up what an earlier one could not store. If somebody else wrote
// there meanwhile, what the server had then makes it show both.
function takeUp(field) {
  const draft = kept(field);
  const base = basis(field);
  if (!draft || draft.text === field.value || (!base && draft.base !== field.value)) {
    if (draft) forget(field);
    return;
  }
  field.value = draft.text;
  if (base) base.value = draft.base;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
addEventListener("load", () => {
  for (const field of document.querySelectorAll(FIELDS)) {
    // Typed before this script ran: words that nobody has marked, sent or kept yet. Of a page
    // that was gone back to, it would be the browser that filled in what stood there once.
    const early = !kept(field) && field.value !== field.defaultValue && !("dirty" in field.dataset);
    if (early && performance.getEntriesByType("navigation")[0].type === "navigate") field.dispatchEvent(new Event("input", { bubbles: true }));
    else takeUp(field);
  }
});
// Rows that come later have theirs too.
document.body.addEventListener("htmx:afterOnLoad", (event) => {
  if (event.detail.requestConfig.elt.id !== "scenes-more") return;
  for (const field of document.querySelectorAll(FIELDS)) if (!("dirty" in field.dataset)) takeUp(field);
});
