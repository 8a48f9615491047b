// A row's own scene, played in its place: silently small under the mouse, and whole when asked.

const still = matchMedia("(prefers-reduced-motion: reduce)");
const late = new Map(); // posters that came while their row was playing, by id
let asked = () => { /* what else stops when a row plays */ };

export function beforePlaying(act) {
  asked = act;
}

export function stopRows() {
  for (const poster of document.querySelectorAll(".poster[data-playing]")) {
    poster.querySelector("video")?.remove();
    delete poster.dataset.playing;
    poster.querySelector("[data-play]").removeAttribute("aria-pressed");
    const fresh = late.get(poster.id);
    if (fresh) {
      late.delete(poster.id);
      poster.replaceWith(fresh);
    }
  }
}

// Plays from `start` to `end` over and over, until the film is taken away.
function around(link, src) {
  const start = Number(link.dataset.start);
  const end = Number(link.dataset.end);
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, src });
  video.setAttribute("aria-hidden", "true");
  video.currentTime = start + 0.02;
  const watch = () => {
    if (!video.isConnected) return;
    if (video.ended || video.currentTime >= end - 0.01) {
      video.currentTime = start + 0.02;
      video.play().catch(() => video.remove());
    }
    requestAnimationFrame(watch);
  };
  link.append(video);
  return video.play().then(watch);
}

let waiting = 0; // the moment until a row under the mouse begins

function playRow(link) {
  clearTimeout(waiting);
  const poster = link.closest(".poster");
  const was = poster.dataset.playing === "whole";
  stopRows();
  if (was) return;
  asked();
  poster.dataset.playing = "whole";
  link.setAttribute("aria-pressed", "true");
  around(link, link.dataset.src).catch(() => stopRows());
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-play]");
  if (!link) return;
  event.preventDefault();
  playRow(link);
});

// Nothing plays by itself where it would cost the reader's data or their calm.
const quiet = () => still.matches || navigator.connection?.saveData
  || navigator.connection?.type === "cellular";

document.addEventListener("pointerover", (event) => {
  const link = event.target.closest?.("[data-play][data-preview]");
  if (!link || event.pointerType !== "mouse" || quiet() || link.contains(event.relatedTarget)) return;
  if (document.querySelector(".poster[data-playing]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    link.closest(".poster").dataset.playing = "preview";
    around(link, link.dataset.preview).catch(() => stopRows());
  }, 180);
});

document.addEventListener("pointerout", (event) => {
  const link = event.target.closest?.("[data-play][data-preview]");
  if (!link || link.contains(event.relatedTarget)) return;
  clearTimeout(waiting);
  if (link.closest(".poster").dataset.playing === "preview") stopRows();
});

// What arrives for a row that is playing waits until it stops.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (!target.matches(".poster")) return;
  const fresh = fragment.querySelector?.(".poster") ?? fragment;
  if ("playing" in target.dataset) {
    late.set(target.id, fresh.cloneNode(true));
    event.detail.shouldSwap = false;
  } else {
    late.delete(target.id);
  }
});
