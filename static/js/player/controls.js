// The player's buttons, keys, counter and strip.

import { clock } from "./strip.js";

const $ = (id) => document.getElementById(id);
const SPEEDS = [0.25, 0.5, 1, 1.5, 2];
const SIZES = ["", "large", "small"];
const screen = $("screen");
const icons = $("play-icon")?.getAttribute("href").replace(/#.*/, "") ?? "";

function remember(name, value) {
  try { localStorage.setItem(name, value); } catch { /* this page only */ }
}

function remembered(name) {
  try { return localStorage.getItem(name) ?? ""; } catch { return ""; }
}

// Text that stays the same is not written again: it would be read out, and laid out, anew.
function write(id, words) {
  if ($(id).textContent !== words) $(id).textContent = words;
}

export function paint(player) {
  const { film, at, segment, isPlaying } = player;
  $("play").setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  $("play-icon").setAttribute("href", `${icons}#${isPlaying ? "pause" : "play"}`);
  $("loop").setAttribute("aria-pressed", String(player.loop === "scene"));
  write("speed-now", `${player.speed}×`);
  const { range } = player;
  $("range").hidden = !range;
  if (range) {
    const [from, to] = range.map((frame) => film.atFrame(frame));
    const end = film.segments[to.index];
    const times = [film.segments[from.index].begins + from.seconds, end.begins + to.seconds + 1 / end.fps];
    write("range-now", times.map(clock).join("–"));
  }
  if (!segment) return;
  write("time", clock(player.seconds));
  write("time-total", clock(film.seconds));
  write("frame", `frame ${player.frame + 1} of ${film.frames}`);
  const part = player.ended ? 1 : (player.inside + 0.5) / segment.frames;
  film.segments.forEach((one, index) => {
    const played = index < at ? 1 : index > at ? 0 : part;
    one.item.style.setProperty("--played", played.toFixed(4));
    if (index === at) one.item.setAttribute("aria-current", "true");
    else one.item.removeAttribute("aria-current");
    const inRange = range && one.firstFrame <= range[1] && one.firstFrame + one.frames > range[0];
    one.item.toggleAttribute("data-in-range", Boolean(inRange));
  });
  for (const row of document.querySelectorAll("[data-lit]")) {
    if (!isPlaying || row.dataset.scene !== segment.scene) delete row.dataset.lit;
  }
  const row = isPlaying && segment.scene && $(`scene-${segment.scene}`);
  if (row) row.dataset.lit = "";
}

function captions(shown) {
  screen.dataset.captions = shown ? "on" : "off";
  $("captions").setAttribute("aria-pressed", String(shown));
  remember("captions", shown ? "on" : "off");
}

function captionSize(size) {
  screen.dataset.captionSize = size;
  $("caption-size").setAttribute("aria-label", `Caption size: ${size || "medium"}`);
  remember("caption-size", size);
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else screen.requestFullscreen?.();
}

function pictureInPicture(player) {
  if (document.pictureInPictureElement) document.exitPictureInPicture();
  else if (player.screen.front.src) player.screen.front.requestPictureInPicture().catch(() => { /* refused */ });
}

// The next of a list, or the one `by` further that the list still has.
const next = (list, one) => list[(list.indexOf(one) + 1) % list.length];
const further = (list, one, by) => list[Math.max(0, Math.min(list.length - 1, list.indexOf(one) + by))];

export function listen(player) {
  const acts = {
    play: () => player.toggle(),
    loop: () => { player.loop = player.loop === "scene" ? null : "scene"; player.changed(); },
    range: () => { player.loop = null; player.changed(); },
    speed: () => player.setSpeed(SPEEDS[(SPEEDS.indexOf(player.speed) + 1) % SPEEDS.length]),
    captions: () => captions(screen.dataset.captions === "off"),
    "caption-size": () => captionSize(next(SIZES, screen.dataset.captionSize ?? "")),
    pip: () => pictureInPicture(player),
    fullscreen: fullScreen,
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#controls-row button");
    if (button) acts[button.id]?.();
    else if (event.target.closest("#screen") && !event.target.closest("#screen-offer")) player.toggle();
  });

  const keys = {
    " ": acts.play,
    k: acts.play,
    j: () => player.run(-1),
    l: () => player.run(1),
    L: acts.loop,
    i: () => player.mark("in"),
    o: () => player.mark("out"),
    x: acts.range,
    ArrowLeft: () => player.step(-1),
    ArrowRight: () => player.step(1),
    ArrowUp: () => player.scene(-1),
    ArrowDown: () => player.scene(1),
    "<": () => player.setSpeed(further(SPEEDS, player.speed, -1)),
    ">": () => player.setSpeed(further(SPEEDS, player.speed, 1)),
    c: acts.captions,
    C: acts["caption-size"],
    f: fullScreen,
    p: acts.pip,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !player.film.segments.length) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog[open], [role=slider]")) return;
    const act = keys[event.key];
    if (!act || (event.key === " " && event.target.closest("button, a, summary"))) return;
    // Outside the stage the vertical arrows scroll the page, as everywhere.
    if (/Arrow(Up|Down)/.test(event.key) && !event.target.closest("#stage")) return;
    event.preventDefault();
    act();
  });

  if (remembered("captions") === "off") captions(false);
  captionSize(SIZES.includes(remembered("caption-size")) ? remembered("caption-size") : "");
  $("pip").hidden = !document.pictureInPictureEnabled;
}
