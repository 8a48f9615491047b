// What stays when the stage is drawn anew: what plays, where it stands, and across a reload.

import { Film } from "./film.js";

const $ = (id) => document.getElementById(id);
const PLACE = `place:${location.pathname}`;

let known = ""; // what the timeline held when it was read
let newest = 0; // the number of the newest take that was noticed
let playNext = false; // play what the next swap of the stage brings
let followed = ""; // the rows that the film was last asked to follow

const same = (segments, current) => segments.findIndex((s) => s.scene === current.scene && s.src === current.src && s.start === current.start);
const sameScene = (segments, scene) => (scene ? segments.findIndex((s) => s.scene === scene) : -1);

// After a swap: go on with what plays, or show the first picture of what came.
function refresh(player) {
  if (!$("timeline")) return;
  const film = Film.read();
  const { mode, newest: arrived } = $("timeline").dataset;
  const word = `${mode}:${film.signature}`;
  const news = known !== "" && Number(arrived) > newest;
  newest = Math.max(newest, Number(arrived));
  // Whoever looks at an older take, by choice, is not taken away from it.
  if (news && mode !== "film") offer(arrived);
  if (word === known) {
    player.take(film, player.at);
    player.changed();
    return;
  }
  const current = player.segment;
  const first = known === "";
  const modeChanged = known.split(":")[0] !== mode;
  known = word;
  if (player.isPlaying && current && !modeChanged) {
    goOn(player, film, current);
    return;
  }
  player.pause();
  player.loop = modeChanged && player.range ? null : player.loop;
  $("screen-offer").hidden = true;
  player.take(film, -1);
  if (film.hasPictures) {
    const back = first ? placeIn(film, mode) : null;
    const again = sameScene(film.segments, current?.scene);
    const filmed = film.segments.findIndex((s) => s.src);
    if (back) player.show(back.index, back.seconds);
    else player.show(first ? 0 : again >= 0 && (current.src || film.segments[again].src) ? again : filmed);
  } else player.changed();
  if (playNext) {
    playNext = false;
    player.play();
  }
}

// What plays plays on; where it was replaced, the new one is offered.
function goOn(player, film, current) {
  let at = same(film.segments, current);
  if (at < 0) {
    offer(newest);
    at = Math.max(0, sameScene(film.segments, current.scene));
    const { src, start, seconds, fps, frames } = current;
    const segments = film.segments.map((s, index) => (index === at ? { ...s, src, start, seconds, fps, frames } : s));
    player.take(new Film(segments), at);
  } else player.take(film, at);
  player.changed();
}

function offer(number) {
  $("screen-offer").textContent = `Take ${number} is ready · Watch`;
  $("screen-offer").hidden = false;
}

// Where it stood when the page was left, in a story that still has that scene.
function placeIn(film, mode) {
  try {
    const place = JSON.parse(sessionStorage.getItem(PLACE));
    sessionStorage.removeItem(PLACE);
    const index = place?.mode === mode ? sameScene(film.segments, place.scene) : -1;
    return index < 0 ? null : { index, seconds: place.seconds };
  } catch { return null; }
}

function keepPlace(player) {
  const { segment } = player;
  if (!segment) return;
  const place = { mode: $("timeline").dataset.mode, scene: segment.scene, seconds: (player.place - segment.firstFrame) / segment.fps };
  try { sessionStorage.setItem(PLACE, JSON.stringify(place)); } catch { /* it begins anew */ }
}

// The film follows its scenes: one that was moved or deleted is not played where it was.
function follow() {
  const link = document.querySelector(".takes [data-film]");
  if (!link || $("timeline")?.dataset.mode !== "film") return;
  const rows = [...document.querySelectorAll("#scenes > [data-scene]")].map((row) => row.dataset.scene);
  const shown = Film.read().segments.map((segment) => segment.scene);
  // Of a long story a part of the rows is here: they are a run of the film's scenes.
  const same = document.querySelector(".scenes__more") ? `,${shown},`.includes(`,${rows},`) : rows.join() === shown.join();
  if (same || rows.join() === followed) return;
  // Asked once: somebody else's scenes may be in the film before they are among the rows.
  followed = rows.join();
  htmx.ajax("GET", link.getAttribute("hx-get"), { source: link, target: "#stage", swap: "morph:outerHTML" });
}

export function listen(player) {
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#screen-offer")) return;
    $("screen-offer").hidden = true;
    if ($("timeline").dataset.mode !== "film") {
      playNext = true;
      document.querySelector(".takes [data-film]").click();
      return;
    }
    known = "";
    player.pause();
    refresh(player);
    player.play();
  });
  document.body.addEventListener("htmx:afterOnLoad", () => {
    refresh(player);
    follow();
  });
  addEventListener("pagehide", () => keepPlace(player));
  refresh(player);
}
