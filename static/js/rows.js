// Rows at speed: dragged, made and removed by keys, split where the cursor was, pasted by the line.

const rowOf = (element) => element.closest("[data-scene]");

// What is done to rows goes through two forms of the page; a button says which, and where to.
// What was asked for is held here, so that several acts in a row each do what was pressed.
const menu = document.getElementById("scene-menu");
const addressOf = (row, act) =>
  menu.content.querySelector(`[formaction$="/${act}/"]`).getAttribute("formaction").replace("/0/", `/${row.dataset.scene}/`);

function act(address, values = {}, row = null) {
  const words = row && document.getElementById(`scene-${row.dataset.scene}-words`);
  if (words) values = { ...Object.fromEntries(new FormData(words)), ...values };
  htmx.ajax("POST", address, { source: row ? "#act-on-words" : "#act", swap: "none", values });
}

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || !event.target.matches("#act, #act-on-words")) return;
  event.preventDefault();
  const row = rowOf(button);
  const values = button.name ? { [button.name]: button.value } : {};
  if (button.name === "at") values.at = cursorIn(row);
  const open = button.closest("details[open]");
  if (open) close(open);
  act(button.getAttribute("formaction"), values, event.target.id === "act" ? null : row);
});

// The menu of a row is the same for all: it is put there when it is opened.
function fill(details) {
  const row = rowOf(details);
  const panel = menu.content.firstElementChild.cloneNode(true);
  for (const button of panel.querySelectorAll("[formaction]")) {
    button.setAttribute("formaction", button.getAttribute("formaction").replace("/0/", `/${row.dataset.scene}/`));
  }
  panel.querySelector("[data-below]").value = row.dataset.scene;
  panel.querySelector("[data-number]").textContent = row.querySelector(".scene__grip b").textContent;
  panel.querySelector(`[name=on][value="${row.querySelector(".frames__lock") ? 1 : 0}"]`).remove();
  if (!row.nextElementSibling) panel.querySelector("[data-merges]").remove();
  details.replaceChildren(details.firstElementChild, panel);
  // While it is open, no answer draws it anew.
  details.dataset.keep = "";
}
function close(details) {
  details.open = false;
  delete details.dataset.keep;
}
document.addEventListener("click", (event) => {
  const details = event.target.closest(".scene__menu > summary")?.parentElement;
  if (details && !details.open) fill(details);
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".scene__menu:not([open])")) delete event.target.dataset.keep;
}, true);

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
      act(item.querySelector(".scene__step").getAttribute("formaction"), {
        position: Number(list.dataset.first) + newDraggableIndex,
      });
    },
  });
}
sortable();
document.body.addEventListener("htmx:afterOnLoad", sortable);

// Where the cursor was last in a prompt, for splitting it there.
let cursor = {};
document.addEventListener("selectionchange", () => {
  const field = document.activeElement;
  if (field?.matches?.(".scene__prompt")) cursor = { id: field.id, at: field.selectionStart, end: field.value.length };
});
const cursorIn = (row) => cursor.id === `scene-${row.dataset.scene}-prompt` && cursor.at > 0 && cursor.at < cursor.end ? cursor.at : "";

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("textarea.scene__prompt") || event.isComposing) return;
  const row = rowOf(field);
  const at = field.selectionStart;
  const collapsed = at === field.selectionEnd;
  if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
    if (!collapsed || at < field.value.trimEnd().length) return;
    event.preventDefault();
    act(menu.content.querySelector("[data-below]").getAttribute("formaction"), { after: row.dataset.scene });
  } else if (event.key === "Enter" && event.altKey) {
    event.preventDefault();
    act(addressOf(row, "split"), { at }, row);
  } else if (event.key === "Backspace" && !field.value && document.querySelectorAll("[data-scene]").length > 1) {
    event.preventDefault();
    focusAfter(row.previousElementSibling ?? row.nextElementSibling);
    act(addressOf(row, "delete"));
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
