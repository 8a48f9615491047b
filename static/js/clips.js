// Where many clips share one strip on a telephone, it shows the clip that one writes in or reads.

const budget = () => document.getElementById("budget");

function show(scene) {
  const strip = budget();
  const clip = strip.querySelector(`[data-segment="${scene.dataset.scene}"]`)?.closest(".budget__clip");
  if (!clip || strip.scrollWidth <= strip.clientWidth) return;
  const left = clip.offsetLeft - strip.firstElementChild.offsetLeft;
  if (Math.abs(strip.scrollLeft - left) > 4) strip.scrollTo({ left });
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
