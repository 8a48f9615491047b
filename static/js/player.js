// Plays the timeline's segments in order over two <video> elements: one shows, the other holds
// what comes next. A segment without a film is a text card of the same length. The elements
// stay through every swap of the stage; only the timeline around them is read anew.

const $ = (id) => document.getElementById(id);
const ICONS = $("play-icon")?.getAttribute("href").replace(/#.*/, "") ?? "";
const SPEEDS = [1, 1.5, 2, 0.25, 0.5];

let segments = [];
let at = -1; // the segment that shows
let playing = false;
let looping = false;
let speed = 1;
let cardSpent = 0; // seconds of a text card that have passed
let lastTick = 0;
let front, back;
let known = ""; // what the timeline held when it was read
let newest = 0; // the number of the newest take that was noticed
let playNext = false; // play what the next swap of the stage brings
let followed = ""; // the rows that the film was last asked to follow
const late = new Map(); // posters that came while their row was playing, by id

function read() {
  return [...document.querySelectorAll("#timeline > li")].map((item) => ({
    item,
    src: item.dataset.src ?? "",
    start: Number(item.dataset.start),
    seconds: Number(item.dataset.seconds),
    fps: Number(item.dataset.fps),
    frames: Number(item.dataset.frames),
    scene: item.dataset.scene,
    words: item.dataset.words,
  }));
}

const signature = (list) => list.map((s) => `${s.src}|${s.start}|${s.seconds}|${s.scene}`).join();
const endOf = (segment) => segment.start + segment.seconds;
const joined = (a, b) => a && b && a.src && a.src === b.src && Math.abs(endOf(a) - b.start) < 1e-3;
const before = (index) => segments.slice(0, index).reduce((sum, s) => sum + s.seconds, 0);
const total = () => before(segments.length);
// Aim into the middle of a frame, so that rounding never shows its neighbour.
const aim = (segment, seconds) => segment.start + seconds + 0.5 / segment.fps;

function spent() {
  const segment = segments[at];
  if (!segment) return 0;
  if (!segment.src) return Math.min(cardSpent, segment.seconds);
  return Math.max(0, Math.min(segment.seconds, front.currentTime - segment.start));
}

function clock(seconds) {
  const tenths = Math.floor(seconds * 10 + 0.05);
  const rest = ((tenths % 600) / 10).toFixed(1);
  return `${Math.floor(tenths / 600)}:${rest.padStart(4, "0")}`;
}

function source(video, src) {
  if (video.dataset.src === src) return;
  video.dataset.src = src;
  video.src = src;
}

function preload(index) {
  const next = segments.slice(index + 1).find((s) => s.src && s.src !== front.dataset.src);
  if (!next) return;
  source(back, next.src);
  seek(back, aim(next, 0));
}

function seek(video, seconds) {
  if (Math.abs(video.currentTime - seconds) > 1e-3) video.currentTime = seconds;
}

function show(index, seconds = 0) {
  const segment = segments[index];
  if (!segment) return;
  at = index;
  cardSpent = seconds;
  $("screen-card").hidden = Boolean(segment.src);
  $("screen-card").textContent = segment.src ? "" : segment.words || "(no words yet)";
  $("screen-caption").textContent = segment.src ? segment.words : "";
  if (segment.src) {
    if (front.dataset.src !== segment.src && back.dataset.src === segment.src) {
      [front, back] = [back, front];
    }
    source(front, segment.src);
    seek(front, aim(segment, Math.min(seconds, segment.seconds - 0.5 / segment.fps)));
    front.hidden = false;
    back.hidden = true;
    back.pause();
    if (playing) run(front);
  } else {
    front.pause();
  }
  preload(index);
  paint();
}

function run(video) {
  video.playbackRate = speed;
  video.muted = true;
  video.play().catch(() => { /* a later press of Play asks again */ });
}

function play() {
  if (!segments.length) return;
  stopInPlace();
  if (at < 0 || (at === segments.length - 1 && spent() >= segments[at].seconds - 0.06)) show(0);
  playing = true;
  lastTick = performance.now();
  if (segments[at].src) run(front);
  label();
  requestAnimationFrame(tick);
}

function pause() {
  playing = false;
  front.pause();
  label();
  paint();
}

function label() {
  const button = $("play");
  button.setAttribute("aria-label", playing ? "Pause" : "Play");
  $("play-icon").setAttribute("href", `${ICONS}#${playing ? "pause" : "play"}`);
}

function advance() {
  const here = segments[at];
  if (looping) { show(at); return; }
  const next = segments[at + 1];
  if (!next) { pause(); return; }
  if (joined(here, next) && front.dataset.src === next.src) {
    // The same film goes on: nothing is sought, so nothing can stutter.
    at += 1;
    $("screen-caption").textContent = next.words;
    preload(at);
    paint();
  } else {
    show(at + 1);
  }
}

function tick(now) {
  if (!playing) return;
  const segment = segments[at];
  if (!segment) { pause(); return; }
  if (!segment.src) cardSpent += ((now - lastTick) / 1000) * speed;
  lastTick = now;
  const done = segment.src
    ? front.ended || front.currentTime >= endOf(segment) - 1e-3
    : cardSpent >= segment.seconds;
  if (done) advance();
  paint();
  requestAnimationFrame(tick);
}

function paint() {
  const segment = segments[at];
  if (!segment || !$("time")) return;
  const here = before(at) + spent();
  $("time").textContent = clock(here);
  $("time-total").textContent = clock(total());
  const done = segments.slice(0, at).reduce((sum, s) => sum + s.frames, 0);
  const inside = Math.min(segment.frames - 1, Math.floor(spent() * segment.fps + 1e-6));
  const all = segments.reduce((sum, s) => sum + s.frames, 0);
  $("frame").textContent = `frame ${done + inside + 1} of ${all}`;
  segments.forEach((one, index) => {
    const part = index < at ? 1 : index > at ? 0 : spent() / one.seconds;
    one.item.style.setProperty("--played", Math.min(1, part).toFixed(4));
    if (index === at) one.item.setAttribute("aria-current", "true");
    else one.item.removeAttribute("aria-current");
  });
  for (const row of document.querySelectorAll("[data-lit]")) {
    if (!playing || row.dataset.scene !== segment.scene) delete row.dataset.lit;
  }
  const row = playing && segment.scene && $(`scene-${segment.scene}`);
  if (row) row.dataset.lit = "";
}

// After a swap: go on with what plays, or show the first picture of what came.
function refresh() {
  if (!$("timeline") || !front) return;
  const fresh = read();
  const mode = $("timeline").dataset.mode;
  const word = `${mode}:${signature(fresh)}`;
  const arrived = Number($("timeline").dataset.newest);
  const news = known !== "" && arrived > newest;
  newest = Math.max(newest, arrived);
  // Whoever looks at an older take, by choice, is not taken away from it.
  if (news && mode !== "film") offer(arrived);
  if (word === known) {
    segments = fresh;
    paint();
    return;
  }
  const current = segments[at];
  const first = known === "";
  const modeChanged = known.split(":")[0] !== word.split(":")[0];
  known = word;
  segments = fresh;
  if (playing && current && !modeChanged) {
    const same = fresh.findIndex((s) => s.scene === current.scene && s.src === current.src && s.start === current.start);
    if (same >= 0) {
      at = same;
    } else {
      // What plays was replaced: it plays on, and the new one is offered.
      offer(newest);
      at = Math.max(0, fresh.findIndex((s) => s.scene === current.scene));
      segments = fresh.map((s, index) => (index === at ? { ...s, src: current.src, start: current.start, seconds: current.seconds, fps: current.fps } : s));
    }
    paint();
    return;
  }
  pause();
  at = -1;
  $("screen-offer").hidden = true;
  if (segments.some((s) => s.src)) {
    const same = fresh.findIndex((s) => current?.scene && s.scene === current.scene);
    const filmed = segments.findIndex((s) => s.src);
    show(first ? 0 : same >= 0 && (current.src || fresh[same].src) ? same : filmed);
  }
  if (playNext) {
    playNext = false;
    play();
  }
}

function offer(number) {
  $("screen-offer").textContent = `Take ${number} is ready · Watch`;
  $("screen-offer").hidden = false;
}

// The film follows its scenes: one that was moved or deleted is not played where it was.
function follow() {
  const film = document.querySelector(".takes [data-film]");
  if (!film || $("timeline")?.dataset.mode !== "film") return;
  const rows = [...document.querySelectorAll("#scenes > [data-scene]")].map((row) => row.dataset.scene);
  const shown = read().map((segment) => segment.scene);
  if (rows.join() === shown.join() || rows.join() === followed) return;
  // Asked once: somebody else's scenes may be in the film before they are among the rows.
  followed = rows.join();
  htmx.ajax("GET", film.getAttribute("hx-get"), { source: film, target: "#stage", swap: "morph:outerHTML" });
}

function frameStep(by) {
  const segment = segments[at];
  if (!segment) return;
  pause();
  const next = Math.floor(spent() * segment.fps + 1e-6) + by;
  if (next < 0 && at > 0) show(at - 1, segments[at - 1].seconds - 1 / segments[at - 1].fps);
  else if (next >= segment.frames && at < segments.length - 1) show(at + 1);
  else show(at, Math.max(0, Math.min(segment.frames - 1, next)) / segment.fps);
}

function toggleLoop() {
  looping = !looping;
  $("loop").setAttribute("aria-pressed", String(looping));
}

function toggleCaptions() {
  const off = $("screen").dataset.captions !== "off";
  $("screen").dataset.captions = off ? "off" : "on";
  $("captions").setAttribute("aria-pressed", String(!off));
  try { localStorage.setItem("captions", off ? "off" : "on"); } catch { /* this page only */ }
}

function changeSpeed() {
  speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
  $("speed-now").textContent = `${speed}×`;
  front.playbackRate = speed;
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else $("screen").requestFullscreen?.();
}

// A row's own span, played in its place, over and over.
function stopInPlace() {
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

function playInPlace(link) {
  const poster = link.closest(".poster");
  const was = "playing" in poster.dataset;
  stopInPlace();
  if (was) return;
  if (playing) pause();
  const start = Number(link.dataset.start);
  const end = Number(link.dataset.end);
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, src: link.dataset.src });
  video.setAttribute("aria-hidden", "true");
  video.currentTime = start + 0.02;
  const around = () => {
    if (!video.isConnected) return;
    if (video.ended || video.currentTime >= end - 0.01) {
      video.currentTime = start + 0.02;
      video.play().catch(() => stopInPlace());
    }
    requestAnimationFrame(around);
  };
  poster.dataset.playing = "";
  link.setAttribute("aria-pressed", "true");
  link.append(video);
  video.play().then(around).catch(() => stopInPlace());
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("button, a, video, .screen__card");
  if (!target) return;
  if (target.matches("[data-play]")) {
    event.preventDefault();
    playInPlace(target);
  } else if (target.matches("[data-segment-jump]")) {
    const index = segments.findIndex((s) => s.item === target.closest("li"));
    const box = target.getBoundingClientRect();
    const part = event.detail ? Math.max(0, Math.min(0.999, (event.clientX - box.left) / box.width)) : 0;
    if (segments[index]) show(index, part * segments[index].seconds);
  } else if (target.id === "play" || target.closest("#screen:not(:has(#screen-offer:hover))")) {
    if (target.id === "screen-offer") return;
    if (playing) pause();
    else play();
  } else if (target.id === "loop") toggleLoop();
  else if (target.id === "speed") changeSpeed();
  else if (target.id === "captions") toggleCaptions();
  else if (target.id === "fullscreen") fullScreen();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("#screen-offer")) return;
  $("screen-offer").hidden = true;
  if ($("timeline").dataset.mode !== "film") {
    playNext = true;
    document.querySelector(".takes [data-film]").click();
    return;
  }
  known = "";
  playing = false;
  refresh();
  play();
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

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !segments.length) return;
  if (event.key === "Escape") stopInPlace();
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const pressing = event.target.closest("button, a, summary");
  const keys = {
    " ": () => (playing ? pause() : play()),
    k: () => (playing ? pause() : play()),
    ArrowLeft: () => frameStep(-1),
    ArrowRight: () => frameStep(1),
    ArrowUp: () => show(Math.max(0, at - 1)),
    ArrowDown: () => show(Math.min(segments.length - 1, at + 1)),
    l: toggleLoop,
    c: toggleCaptions,
    f: fullScreen,
  };
  const act = keys[event.key];
  if (!act || (event.key === " " && pressing)) return;
  // Outside the stage the vertical arrows scroll the page, as everywhere.
  if (/Arrow(Up|Down)/.test(event.key) && !event.target.closest("#stage")) return;
  event.preventDefault();
  act();
});

document.body.addEventListener("htmx:afterOnLoad", () => {
  refresh();
  follow();
});

if ($("screen-a")) {
  front = $("screen-a");
  back = $("screen-b");
  try { if (localStorage.getItem("captions") === "off") toggleCaptions(); } catch { /* shown */ }
  for (const video of [front, back]) {
    video.addEventListener("seeked", paint);
    video.addEventListener("error", () => {
      // A broken take is passed over with a word, never a stop.
      if (video !== front || !segments[at]?.src || !video.dataset.src) return;
      $("screen-caption").textContent = "This take cannot be played.";
      if (playing && segments[at + 1]) show(at + 1);
    });
  }
  refresh();
}
