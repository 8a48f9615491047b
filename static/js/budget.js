// The budget strip moves with each keystroke; the server's answer, a moment later, is the truth.
// The limits are those that the page carries, which are the server's own.

const budget = () => document.getElementById("budget");
const limit = (name) => Number(budget().dataset[name]);
const inputOf = (segment) => document.getElementById(`scene-${segment.dataset.segment}-frames`);

function framesIn(input) {
  const typed = input.value.trim();
  return /^\d{1,4}$/.test(typed) ? Number(typed) : Number(input.dataset.stored);
}

// A row that is not on the page yet has what the strip says.
function framesOf(segment) {
  const input = inputOf(segment);
  return input ? framesIn(input) : Number(segment.querySelector("[data-segment-frames]").textContent);
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function setFlex(element, frames) {
  const wanted = `f${Math.max(0, Math.min(limit("clip"), frames))}`;
  for (const name of [...element.classList]) {
    if (/^f\d+$/.test(name) && name !== wanted) element.classList.remove(name);
  }
  element.classList.add(wanted);
}

// Draw a clip from the fields of its rows; return its frames. `from` is where it begins.
function draw(clip, from) {
  const fps = limit("fps");
  let used = 0;
  for (const segment of clip.querySelectorAll("[data-segment]")) {
    const frames = framesOf(segment);
    setFlex(segment, frames);
    write(segment.querySelector("[data-segment-frames]"), String(frames));
    const place = document.getElementById(`scene-${segment.dataset.segment}-place`);
    if (place) {
      write(place.querySelector("[data-seconds]"), `${(frames / fps).toFixed(1)} s`);
      write(place.querySelector("[data-from-to]"), `${((from + used) / fps).toFixed(1)}–${((from + used + frames) / fps).toFixed(1)}`);
    }
    used += frames;
  }
  const left = limit("clip") - used;
  clip.toggleAttribute("data-over", left < 0);
  write(clip.querySelector("[data-used]"), String(used));
  write(clip.querySelector("[data-length]"), (used / fps).toFixed(1));
  const words = clip.querySelector("[data-left]");
  words.classList.toggle("budget__left--none", left === 0);
  if (left < 0) write(words, `${-left} too many`);
  else if (left === 0) write(words, "No frames left");
  else write(words, left === 1 ? "1 frame left" : `${left} frames left`);
  setFlex(clip.querySelector("[data-rest]"), left);
  return used;
}

const usedOf = (clip) => Number(clip.querySelector("[data-used]").textContent);
const clips = () => [...budget().querySelectorAll(".budget__clip")];

function drawAll() {
  let from = 0;
  for (const clip of clips()) from += clip.querySelector("[data-segment]") ? draw(clip, from) : usedOf(clip);
}

// The clip of the field that changed moves at once; where those behind it begin, a moment later.
let behind = null;
function redraw({ target }) {
  const all = clips();
  const mine = budget().querySelector(`[data-segment="${target.closest("[data-scene]").dataset.scene}"]`).closest(".budget__clip");
  draw(mine, all.slice(0, all.indexOf(mine)).reduce((sum, clip) => sum + usedOf(clip), 0));
  clearTimeout(behind);
  if (mine !== all.at(-1)) behind = setTimeout(drawAll, 200);
}

function step(input, by) {
  const now = framesIn(input);
  const next = Math.max(limit("least"), Math.min(limit("most"), now + by));
  if (next === now) return;
  input.value = next;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-frames]")) redraw(event);
});

document.addEventListener("budget:draw", redraw);

document.addEventListener("click", (event) => {
  const button = event.target.closest(".stepper button");
  if (!button) return;
  event.preventDefault();
  step(button.parentElement.querySelector("[data-frames]"), Number(button.value));
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches("[data-frames]")) return;
  const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 8, PageDown: -8 }[event.key];
  if (!by) return;
  event.preventDefault();
  step(event.target, by);
});

// What the server said about a field: refused (its reason is in the row), or stored.
document.body.addEventListener("htmx:afterRequest", (event) => {
  // The element is another one where the answer replaced what asked.
  const sent = event.detail.requestConfig.parameters.frames;
  const input = sent !== undefined && event.detail.requestConfig.elt.querySelector?.("[data-frames]");
  const status = event.detail.xhr?.status;
  if (!input || (status !== 200 && status !== 422)) return;
  if (status === 200) {
    input.removeAttribute("aria-invalid");
    input.dataset.stored = sent;
  } else {
    input.setAttribute("aria-invalid", "true");
  }
});

// The server's strip knows what is stored; fields that still hold something else show theirs,
// with the reason, and are sent again by themselves once there is room for them.
document.body.addEventListener("htmx:afterOnLoad", () => {
  let waiting = false;
  for (const field of document.querySelectorAll("[data-frames]")) {
    if (field.value === field.dataset.stored) continue;
    waiting = true;
    if (field.getAttribute("aria-invalid") !== "true") continue;
    const place = field.closest(".scene__side").querySelector(".place");
    const fits = Number(place.dataset.fits);
    const wanted = Number(field.value);
    if (wanted >= limit("least") && wanted <= fits) {
      field.removeAttribute("aria-invalid");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (!place.querySelector(".field__error")) {
      const words = document.createElement("p");
      words.className = "field__error";
      words.textContent = `${field.value} is not stored: ${fits} would fit.`;
      place.append(words);
    }
  }
  if (waiting) drawAll();
});
