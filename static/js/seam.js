// How a loop's end meets its beginning: its last and first frames, and three frames over the join.

const seam = document.querySelector("[data-seam]");
const frames = Number(seam.dataset.frames);
const fps = Number(seam.dataset.fps);
const said = document.getElementById("seam-said");
const now = document.getElementById("seam-now");
const play = document.getElementById("seam-play");
const loop = seam.querySelector("[data-loop]");
// The frame before the last, the last, and the first again.
const over = [Math.max(0, frames - 2), frames - 1, 0];

const film = document.createElement("video");
film.muted = true;
film.preload = "auto";

function heard(event) {
  return new Promise((done, failed) => {
    film.addEventListener(event, done, { once: true });
    film.addEventListener("error", failed, { once: true });
  });
}

// Aimed into the middle of the frame, so that rounding never shows its neighbour.
async function picture(frame) {
  const there = heard("seeked");
  film.currentTime = (frame + 0.5) / fps;
  await there;
  return createImageBitmap(film);
}

const draw = (canvas, image) => canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);

async function begin() {
  const loaded = heard("loadeddata");
  film.src = seam.dataset.src;
  await loaded;
  const pictures = [];
  for (const frame of over) pictures.push(await picture(frame));
  draw(seam.querySelector(`[data-frame="${frames - 1}"]`), pictures[1]);
  draw(seam.querySelector('[data-frame="0"]'), pictures[2]);

  let shown = 0;
  let timer = 0;
  const show = () => {
    draw(loop, pictures[shown]);
    now.textContent = `frame ${over[shown] + 1}`;
  };
  const toggle = () => {
    if (timer) clearInterval(timer);
    timer = timer ? 0 : setInterval(() => { shown = (shown + 1) % 3; show(); }, 1000 / fps);
    play.setAttribute("aria-pressed", String(Boolean(timer)));
    play.textContent = timer ? "Stop" : "Play the three frames";
  };
  show();
  play.disabled = false;
  play.addEventListener("click", toggle);
  said.textContent = "";
  seam.dataset.ready = "";
  // Nothing moves by itself for who asked for less motion.
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) toggle();
}

begin().catch(() => { said.textContent = "The film cannot be played here. Its file may be missing."; });
