// The borders of the budget strip are dragged, or moved by arrow keys; frames go from one scene to
// the next of its clip, each 8 to 64, and are stored when the border is let go.

const budget = () => document.getElementById("budget");
const limit = (name) => Number(budget().dataset[name]);
// The row behind the last one here has no field: what it has is read from the strip.
const shown = (segment) => ({ value: segment.querySelector("[data-segment-frames]").textContent });
const fieldOf = (segment) => document.getElementById(`scene-${segment.dataset.segment}-frames`);

function reach(segment) {
  const frames = Number(fieldOf(segment).value);
  const next = segment.nextElementSibling;
  const [least, most] = [limit("least"), limit("most")];
  if (!next.matches("[data-segment]")) {
    const used = Number(segment.closest(".budget__clip").querySelector("[data-used]").textContent);
    return { frames, least, most: Math.min(most, frames + limit("clip") - used), other: null };
  }
  const other = fieldOf(next) ?? shown(next);
  const both = frames + Number(other.value);
  return { frames, least: Math.max(least, both - most), most: Math.min(most, both - least), other };
}

function show(segment, frames, { other }) {
  const field = fieldOf(segment);
  if (other) other.value = Number(other.value) + Number(field.value) - frames;
  field.value = frames;
  segment.querySelector(".strip__border").setAttribute("aria-valuenow", frames);
  field.dispatchEvent(new Event("budget:draw", { bubbles: true }));
}

function store(segment) {
  const field = fieldOf(segment);
  if (field.value === field.dataset.stored) return;
  const address = budget().dataset.border.replace("/0/", `/${segment.dataset.segment}/`);
  htmx.ajax("POST", address, { source: field.form, swap: "none", values: { frames: field.value } });
}

document.addEventListener("pointerdown", (event) => {
  const border = event.target.closest(".strip__border");
  if (!border || event.button) return;
  event.preventDefault();
  border.focus();
  const segment = border.closest("[data-segment]");
  const strip = segment.parentElement;
  const bounds = reach(segment);
  const from = event.clientX;
  const wide = strip.getBoundingClientRect().width / limit("clip");
  const right = getComputedStyle(strip).direction === "rtl" ? -1 : 1;
  const move = (moved) => {
    const wanted = bounds.frames + Math.round(((moved.clientX - from) * right) / wide);
    show(segment, Math.max(bounds.least, Math.min(bounds.most, wanted)), bounds);
  };
  const drop = () => {
    border.removeEventListener("pointermove", move);
    store(segment);
  };
  border.setPointerCapture(event.pointerId);
  border.addEventListener("pointermove", move);
  border.addEventListener("lostpointercapture", drop, { once: true });
});

let wait = null;
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.(".strip__border")) return;
  const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 8, PageDown: -8 }[event.key];
  if (!by) return;
  event.preventDefault();
  const segment = event.target.closest("[data-segment]");
  const bounds = reach(segment);
  show(segment, Math.max(bounds.least, Math.min(bounds.most, bounds.frames + by)), bounds);
  clearTimeout(wait);
  wait = setTimeout(() => store(segment), 400);
});
