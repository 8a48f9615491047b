// Who else has this story open, and what they save: asked by a beat, shown without taking a
// word, the focus or the cursor from whoever writes here.

const EVERY = 2000;
const HIDDEN_EVERY = 6000;
const LEAVING = 10_000;
const page = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const said = document.getElementById("together-said");
const beatOf = () => document.getElementById("together");
let under = false;
let over = false;
let last = 0;
let leaving = -LEAVING;
let acts = 0;
let pending = 0;

const rowOf = (node) => node?.closest?.("[data-scene]");
const writes = (node) => node?.matches?.(".scene__prompt, .scene__caption");

function beat() {
  if (under || over || Date.now() - last < (document.hidden ? HIDDEN_EVERY : EVERY)) return;
  // A row on its way by hand, or a menu that is being read, waits to be drawn anew.
  if (document.querySelector(".sortable-chosen, .sortable-ghost")) return;
  // The story may be deleted by the time that such a page's next beat comes.
  if (Date.now() - leaving < LEAVING) return;
  last = Date.now();
  htmx.trigger(beatOf(), "beat");
}
setInterval(beat, 250);
document.addEventListener("visibilitychange", () => { if (!document.hidden) last = 0; });
document.addEventListener("focusin", (event) => { if (writes(event.target)) last = Math.min(last, Date.now() - EVERY + 300); });
// A form that htmx leaves to the browser takes the page away, unless its answer is a file.
document.addEventListener("submit", (event) => { if (!event.defaultPrevented) leaving = Date.now(); });

const ours = (event) => event.detail.elt?.id === "together";
document.body.addEventListener("htmx:configRequest", (event) => {
  if (!ours(event)) return;
  event.detail.parameters.page = page;
  const field = document.activeElement;
  event.detail.parameters.scene = writes(field) ? rowOf(field).dataset.scene : "";
});

let actsBefore = 0;
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (ours(event)) {
    under = true;
    actsBefore = acts;
  } else if (event.detail.elt.matches("[data-saves]")) {
    acts += 1;
    pending += 1;
  }
});
// What is typed in a row that is gone waits until somebody brings it back.
document.body.addEventListener("htmx:confirm", (event) => {
  if (event.detail.elt.matches("[data-gone]:has(.gone) form[data-kept]")) event.preventDefault();
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.requestConfig.elt.id === "together") under = false;
  else if (event.detail.requestConfig.elt.matches("[data-saves]")) {
    acts += 1;
    pending = Math.max(0, pending - 1);
  }
});

// Nothing is thrown away for a session that ended: the page only stops to ask.
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  if (!ours(event)) return;
  const { xhr } = event.detail;
  if (!xhr.getResponseHeader("HX-Redirect") && xhr.status !== 404) return;
  over = true;
  beatOf().replaceChildren();
  mark();
  if (xhr.status !== 404) event.preventDefault();
  else say("This story is no longer open to you.");
});

// What others changed is morphed in; the guards are up for this swap only.
let guarded = false;
let held = null;
let rows = new Map();
const looks = (row) => [...row.querySelectorAll("textarea, .scene__caption, p.scene__prompt, [data-frames], .joint__button")].map((one) => one.value || one.textContent).join("\n");
const snapshot = () => new Map([...document.querySelectorAll("#scenes > [data-scene]")].map((row) => [row.id, looks(row)]));

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig.elt.id !== "together") return;
  // Drawn before what was saved here meanwhile: the next beat brings it whole.
  if (pending || acts !== actsBefore) {
    event.detail.shouldSwap = false;
    return;
  }
  guarded = true;
  rows = snapshot();
  const field = document.activeElement;
  const inStory = field.matches("#scenes input, #scenes textarea, #title, #look input, #look textarea");
  held = inStory ? { field, text: field.value, from: field.selectionStart, to: field.selectionEnd, top: field.scrollTop } : null;
  Idiomorph.defaults.ignoreActiveValue = false;
});

const callbacks = Idiomorph.defaults.callbacks;
const { beforeNodeMorphed, beforeNodeRemoved, beforeAttributeUpdated } = callbacks;
callbacks.beforeNodeMorphed = (old, fresh) => {
  if (old.nodeType === Node.ELEMENT_NODE) {
    // The version of unsaved words is the one that they were written on, whatever came since.
    if (old.matches(".words-note") && stale(old, fresh)) return false;
    if (guarded) {
      if (old.matches("input[type=checkbox][name=scene]")) fresh.checked = old.checked;
      // Why a value was refused stands for as long as the value does.
      if (old.matches(".field, .look__card, .place") && (old.closest(".scene__side") ?? old).querySelector("[data-dirty]")) return false;
      if (old.id === "look" && old.querySelector("#look-picker > *")) return false;
      const name = old.getAttribute("name");
      if (name?.startsWith("was-") && "dirty" in (old.form?.elements[name.slice(4)]?.dataset ?? {})) return false;
    }
  }
  return beforeNodeMorphed(old, fresh);
};
function stale(note, fresh) {
  const form = note.closest("form");
  if (!form || !fresh.querySelector) return false;
  if (form.querySelector("[data-dirty]")) return true;
  const theirs = fresh.closest("form")?.elements;
  return Idiomorph.defaults.ignoreActiveValue && writes(document.activeElement) && form.contains(document.activeElement)
    && theirs && theirs[document.activeElement.name]?.value !== document.activeElement.value;
}
callbacks.beforeNodeRemoved = (node) => {
  if (guarded && node.matches?.("[data-scene]") && (node.querySelector("[data-dirty]") || (held && node.contains(held.field) && writes(held.field)))) {
    gone(node);
    return false;
  }
  return beforeNodeRemoved(node);
};
callbacks.beforeAttributeUpdated = (name, node, kind) => {
  if (guarded && name === "open" && node.tagName === "DETAILS") return false;
  return beforeAttributeUpdated(name, node, kind);
};

// A row that somebody deleted under the writer's hands stays, and says so.
function gone(row) {
  if ("gone" in row.dataset) return;
  row.dataset.gone = "";
  const note = document.getElementById("gone").content.firstElementChild.cloneNode(true);
  const form = note.querySelector("form");
  const address = form.dataset.restores.replace("/0/", `/${row.dataset.scene}/`);
  form.action = address;
  form.setAttribute("hx-post", address);
  row.querySelector(".scene__words").append(note);
  htmx.process(note);
}

// Where the cursor was, measured from the end of the text that changed before it.
function moved(at, was, now) {
  let same = 0;
  while (same < was.length && same < now.length && was[same] === now[same]) same += 1;
  if (at <= same) return at;
  let tail = 0;
  while (tail < was.length - same && tail < now.length - same && was.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  return at >= was.length - tail ? at + now.length - was.length : Math.min(at, now.length - tail);
}

document.body.addEventListener("htmx:afterOnLoad", (event) => {
  if (guarded && event.detail.requestConfig.elt.id === "together") {
    guarded = false;
    const { field, text, from, to, top } = held ?? {};
    if (field?.isConnected) {
      if (document.activeElement !== field) field.focus({ preventScroll: true });
      if (typeof from === "number") field.setSelectionRange(moved(from, text, field.value), moved(to, text, field.value));
      field.scrollTop = top;
    }
    held = null;
    const now = snapshot();
    for (const [id, look] of now) {
      if (!rows.size || rows.get(id) === look) continue;
      const row = document.getElementById(id);
      row.dataset.changed = "";
      setTimeout(() => delete row.dataset.changed, 2500);
    }
  }
  for (const row of document.querySelectorAll("[data-gone]")) {
    // It was brought back: what was typed is saved as any other word.
    if (row.querySelector(".gone")) continue;
    delete row.dataset.gone;
    if (row.querySelector("form[data-kept] [data-dirty]")) row.querySelector("form[data-kept]").requestSubmit();
  }
  mark();
});

function say(words) {
  if (words && said.textContent !== words) said.textContent = words;
}

// The row that somebody writes in bears their name; who comes, goes or moves on is announced.
let here = new Map();
function mark() {
  const now = new Map();
  const spots = new Map();
  for (const face of beatOf().querySelectorAll("[data-name]")) {
    now.set(face.dataset.name, face.getAttribute("aria-label") ?? `${face.dataset.name} is here`);
    if (face.dataset.writes) spots.set(face.dataset.writes, face.dataset);
  }
  for (const old of document.querySelectorAll(".scene__who")) old.remove();
  for (const [scene, face] of spots) {
    const row = document.getElementById(`scene-${scene}`);
    if (!row) continue;
    const who = document.createElement("span");
    who.className = `scene__who c${face.colour}`;
    who.setAttribute("aria-hidden", "true");
    who.textContent = face.name;
    row.append(who);
  }
  const news = [...now].filter(([name, words]) => here.get(name) !== words).map(([, words]) => words);
  const left = [...here.keys()].filter((name) => !now.has(name)).map((name) => `${name} has left`);
  here = now;
  say([...news, ...left].join(". "));
}
