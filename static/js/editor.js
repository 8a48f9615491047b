// The writer's side of the editor: what is saved, what is being typed, and keys.

const saved = document.getElementById("saved");
let savedAt = saved?.dataset.savedAt ? new Date(saved.dataset.savedAt) : null;
let pending = 0;

function age() {
  const seconds = (Date.now() - savedAt) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  return savedAt.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

const narrow = matchMedia("(max-width: 760px)");

function say(state, words) {
  if (!saved) return;
  saved.dataset.state = state;
  // Beside a title on a phone there is room for one word.
  const shown = narrow.matches ? words.split(/ ·|:/)[0] : words;
  if (saved.textContent !== shown) saved.textContent = shown;
}

function sayIdle() {
  if (!saved || pending || saved.dataset.state === "failed") return;
  if (document.querySelector("[data-dirty]")) return;
  say("saved", savedAt ? `Saved · ${age()}` : "Saved");
}
sayIdle();
setInterval(sayIdle, 20000);

// A field holds what nobody stored yet, until an answer to exactly that text arrives.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-saves]");
  if (!form) return;
  event.target.dataset.dirty = "";
  say("typing", "Saving…");
  const note = form.querySelector("[data-count]");
  if (note && event.target.name === "prompt") {
    note.textContent = event.target.value.length;
    note.parentElement.toggleAttribute("data-near", event.target.value.length > 900);
  }
});

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.matches("form[data-saves]")) pending += 1;
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  const { elt: form, xhr, requestConfig } = event.detail;
  if (!form.matches("form[data-saves]")) return;
  pending -= 1;
  // htmx calls whatever it swaps successful, a 422 as well, and so is the way to sign in again.
  if (xhr.status >= 200 && xhr.status < 300 && !xhr.getResponseHeader("HX-Redirect")) {
    savedAt = new Date();
    for (const field of form.elements) {
      const sent = requestConfig.parameters[field.name];
      // Of boxes, only the ticked ones are sent.
      const stored = field.type === "checkbox" ? field.checked === (sent !== undefined) : field.value === sent;
      if (stored) delete field.dataset.dirty;
    }
    if (!document.querySelector("[data-dirty]")) {
      say("saved", "Saved · just now");
    }
  } else if (xhr.status === 422 || xhr.status === 409) {
    say("failed", "Not saved: see the field");
  } else {
    say("failed", "Not saved: the text is kept here");
  }
});

// What the button would send, and what that costs, is asked anew once the hands rest.
let stale = 0;
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.requestConfig.elt.closest("[data-saves]") || event.detail.xhr.status !== 200) return;
  clearTimeout(stale);
  stale = setTimeout(() => {
    const line = document.getElementById("cost");
    if (line) htmx.trigger(line, "stale");
  }, 700);
});

// Choosing their words, or both, gives up the ones in the field for the answer's.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status !== 200 || !["theirs", "both"].includes(requestConfig.parameters?.take)) return;
  for (const field of requestConfig.elt.querySelectorAll("[data-dirty]")) delete field.dataset.dirty;
});

addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-dirty]")) event.preventDefault();
});

// A swap never takes a word from a field that is not stored yet, nor a film that is playing.
// A button that was pressed is no field: it takes its new words though it has the focus.
document.body.addEventListener("htmx:beforeSwap", () => {
  Idiomorph.defaults.ignoreActiveValue = document.activeElement.matches("input, textarea, select");
});
const before = Idiomorph.defaults.callbacks.beforeNodeMorphed;
Idiomorph.defaults.callbacks.beforeNodeMorphed = (old, fresh) => {
  if (old.dataset && ("dirty" in old.dataset || "keep" in old.dataset || "playing" in old.dataset)) return false;
  // A choice that somebody has opened to read stays open while the figures beside it move.
  if (old.id && old.id === fresh.id && old.matches?.("details.attention__again") && old.open) fresh.open = true;
  return before ? before(old, fresh) : undefined;
};

document.body.addEventListener("htmx:afterOnLoad", () => {
  const fresh = document.querySelector("#scenes [autofocus]");
  if (fresh) {
    fresh.focus();
    fresh.removeAttribute("autofocus");
  }
});

// Swaps of rows close the menu that asked for them.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const menu = event.detail.elt.closest("details.menu");
  if (menu) menu.open = false;
});

// Undo and redo go through the server, which knows whose change was which: what is being typed
// is stored first, and a field in use takes the answer's words like any other.
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") return;
  const field = event.target.closest?.("input, textarea");
  const form = document.getElementById(event.shiftKey ? "redo" : "undo");
  if (!form || (field && !field.closest("form[data-saves]"))) return;
  event.preventDefault();
  const typed = [...document.querySelectorAll("[data-dirty]")].map((dirty) => dirty.form);
  const go = () => form.requestSubmit();
  if (!typed.length) return go();
  for (const one of new Set(typed)) one.requestSubmit();
  document.body.addEventListener("htmx:afterSettle", go, { once: true });
});

// What is answered to these is the words themselves, so that the field in use takes them too.
let place = null;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.detail.requestConfig.elt.matches("[data-rewrites]")) return;
  const field = document.activeElement;
  place = { id: field?.id, at: field?.selectionStart };
  field?.blur();
});
document.body.addEventListener("htmx:afterOnLoad", () => {
  const field = place && document.getElementById(place.id);
  if (field) {
    field.focus();
    if (typeof place.at === "number") field.setSelectionRange?.(place.at, place.at);
  }
  place = null;
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    document.querySelector(".render form")?.requestSubmit();
  }
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    const row = event.target.closest("[data-scene]");
    const way = event.key === "ArrowUp" ? "up" : "down";
    const button = row && document.getElementById(`scene-${row.dataset.scene}-${way}`);
    if (button && !button.disabled) {
      event.preventDefault();
      button.click();
    }
  }
});
