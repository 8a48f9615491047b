// Rows at speed: dragged, made and removed by keys, split where the cursor was, pasted by the line.

const post = (id) => document.getElementById(id)?.requestSubmit();
const rowOf = (element) => element.closest("[data-scene]");
const formOf = (row, path) => row.querySelector(`form[action$="/${path}/"]`);

// The list itself is never dragged apart: what is dropped is stored, and the answer redraws it.
function sortable() {
  const list = document.getElementById("scenes");
  if (!list || typeof Sortable === "undefined" || Sortable.get(list)) return;
  Sortable.create(list, {
    handle: "[data-grip]",
    draggable: "[data-scene]",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
    forceFallback: true,
    fallbackTolerance: 4,
    onEnd({ item, newDraggableIndex, oldDraggableIndex }) {
      if (newDraggableIndex === oldDraggableIndex) return;
      const form = formOf(item, "move");
      const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
      htmx.ajax("POST", form.action, {
        source: form,
        swap: "none",
        values: { csrfmiddlewaretoken: token, position: newDraggableIndex },
      });
    },
  });
}
sortable();
document.body.addEventListener("htmx:afterOnLoad", sortable);

// Where the cursor was last in each prompt, for splitting it there.
document.addEventListener("selectionchange", () => {
  const field = document.activeElement;
  if (!field?.matches?.(".scene__prompt")) return;
  const at = document.querySelector(`[data-cursor-of="${field.id}"]`);
  if (at) at.value = field.selectionStart > 0 && field.selectionStart < field.value.length ? field.selectionStart : "";
});

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("textarea.scene__prompt") || event.isComposing) return;
  const row = rowOf(field);
  const at = field.selectionStart;
  const collapsed = at === field.selectionEnd;
  if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
    if (!collapsed || at < field.value.trimEnd().length) return;
    event.preventDefault();
    row.querySelector("[data-below]").requestSubmit();
  } else if (event.key === "Enter" && event.altKey) {
    event.preventDefault();
    formOf(row, "split").elements.at.value = at;
    formOf(row, "split").requestSubmit();
  } else if (event.key === "Backspace" && !field.value && document.querySelectorAll("[data-scene]").length > 1) {
    event.preventDefault();
    focusAfter(row.previousElementSibling ?? row.nextElementSibling);
    formOf(row, "delete").requestSubmit();
  }
});

// A row that goes leaves the cursor at the end of its neighbour.
let next = null;
const focusAfter = (row) => (next = row && `scene-${row.dataset.scene}-prompt`);
document.body.addEventListener("htmx:afterOnLoad", () => {
  const field = next && document.getElementById(next);
  next = null;
  if (!field) return;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
});

// Several lines pasted into a prompt are offered as scenes, with a look at what will happen.
document.addEventListener("paste", (event) => {
  const field = event.target;
  if (!field.matches?.("textarea.scene__prompt")) return;
  const text = event.clipboardData.getData("text/plain");
  if (text.split(/\r?\n/).filter((line) => line.trim()).length < 2) return;
  event.preventDefault();
  const paste = document.getElementById("paste");
  const lines = document.getElementById("paste-lines");
  paste.open = true;
  paste.querySelector("[data-after]").value = rowOf(field).dataset.scene;
  lines.value = text;
  lines.focus();
  lines.dispatchEvent(new Event("preview", { bubbles: true }));
});

document.addEventListener("click", (event) => {
  const closes = event.target.closest("[data-closes]");
  if (closes) document.getElementById(closes.dataset.closes).open = false;
});

// How many rows are ticked; Shift ticks all between two.
let lastTick = null;
function count() {
  const ticked = document.querySelectorAll("[name=scene][form=selection]:checked").length;
  const words = document.querySelector("[data-count-of=scene]");
  if (words) words.textContent = ticked === 1 ? "1 scene chosen" : `${ticked} scenes chosen`;
}
document.addEventListener("click", (event) => {
  const tick = event.target.closest?.("[name=scene][form=selection]");
  if (!tick) return;
  const all = [...document.querySelectorAll("[name=scene][form=selection]")];
  if (event.shiftKey && lastTick?.isConnected) {
    const [from, to] = [all.indexOf(lastTick), all.indexOf(tick)].sort((a, b) => a - b);
    for (const box of all.slice(from, to + 1)) box.checked = tick.checked;
  }
  lastTick = tick;
  count();
});
document.addEventListener("reset", () => setTimeout(count));
document.body.addEventListener("htmx:afterOnLoad", count);

// The sheet of keys.
document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || event.ctrlKey || event.metaKey || event.target.closest?.("input, textarea, select")) return;
  const sheet = document.getElementById("keys");
  if (!sheet) return;
  event.preventDefault();
  sheet.showModal();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) document.getElementById("keys").showModal();
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  const { requestConfig, xhr } = event.detail;
  const paste = document.getElementById("paste");
  if (requestConfig.elt !== paste?.querySelector("form") || xhr.status !== 200) return;
  paste.querySelector("form").reset();
  document.getElementById("pasted").replaceChildren();
  paste.open = false;
});
