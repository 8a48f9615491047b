// Where many clips share one strip, it shows the clip that one writes in or reads.

const budget = () => document.getElementById("budget");

function show(scene) {
  const strip = budget();
  const clip = strip.querySelector(`[data-segment="${scene.dataset.scene}"]`)?.closest(".budget__clip");
  if (!clip || (strip.scrollWidth <= strip.clientWidth && strip.scrollHeight <= strip.clientHeight)) return;
  const left = clip.offsetLeft - strip.firstElementChild.offsetLeft;
  const top = clip.offsetTop - strip.firstElementChild.offsetTop;
  if (Math.abs(strip.scrollLeft - left) > 4 || Math.abs(strip.scrollTop - top) > 4) strip.scrollTo({ left, top });
}

document.addEventListener("focusin", (event) => {
  const scene = event.target.closest("[data-scene]");
  if (scene) show(scene);
});

// While one scrolls: the first scene that the strip does not hide.
let asked = false;
document.addEventListener("scroll", () => {
  if (asked || !budget().matches(".budget--many")) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    if (document.activeElement?.closest("[data-scene], #budget")) return;
    const under = budget().getBoundingClientRect().bottom;
    const seen = [...document.querySelectorAll("#scenes > [data-scene]")]
      .find((scene) => scene.getBoundingClientRect().bottom > under + 40);
    if (seen) show(seen);
  });
}, { passive: true });

// A long story's rows come as one reads on. Every request says which of them are here, so that
// an answer draws these and no others.
document.body.addEventListener("htmx:configRequest", (event) => {
  const list = document.getElementById("scenes");
  const first = Number(list.dataset.first);
  const here = list.querySelectorAll(":scope > [data-scene]:not([data-gone])").length;
  event.detail.headers["X-Rows"] = `${first}-${document.getElementById("scenes-more") ? first + here : ""}`;
});
// An answer under way draws the rows that were here when it was asked for, so none may come before
// it; and rows that were asked for behind another than the last one now would leave a gap.
const underWay = new Set();
document.body.addEventListener("htmx:beforeSend", ({ detail }) => { if (detail.elt.id !== "scenes-more") underWay.add(detail.xhr); });
document.body.addEventListener("htmx:afterRequest", ({ detail }) => underWay.delete(detail.xhr));
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.elt.id !== "scenes-more") return;
  if (detail.elt.getAttribute("hx-get") !== detail.requestConfig.path) detail.shouldSwap = false;
  else if (underWay.size) {
    detail.shouldSwap = false;
    setTimeout(more, 150);
  }
});
function more() {
  const rest = document.getElementById("scenes-more");
  if (rest && underWay.size) setTimeout(more, 150);
  else if (rest) htmx.ajax("GET", rest.getAttribute("hx-get"), { source: rest, target: rest, swap: "outerHTML" });
}
// What leads to a row that is not here opens the story there.
function arrive() {
  const pk = /^#scene-(\d+)$/.exec(location.hash)?.[1];
  const asked = new URLSearchParams(location.search).get("scene");
  if (pk && pk !== asked && document.querySelector(".scenes__more") && !document.getElementById(`scene-${pk}`)) location.assign(`?scene=${pk}#scene-${pk}`);
}
addEventListener("hashchange", arrive);
arrive();
const opened = document.getElementById("scenes").querySelector(":target");
if (opened) show(opened);
