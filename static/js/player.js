// The stage: the film of a story, or one of its takes, and the rows that play in their place.

import { listen as onControls, paint } from "./player/controls.js";
import { beforePlaying, stopRows } from "./player/in_place.js";
import { listen as onSwaps } from "./player/keeping.js";
import { Player } from "./player/player.js";
import { listen as onStrip } from "./player/strip.js";

const screen = document.getElementById("screen");

if (screen) {
  const player = new Player(screen, { changed: () => paint(player), starts: stopRows });
  beforePlaying(() => player.pause());
  onControls(player);
  onStrip(player);
  onSwaps(player);
  document.addEventListener("input", (event) => {
    if (event.target.matches(".scene__prompt, .scene__caption")) player.screen.tell();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stopRows();
});
