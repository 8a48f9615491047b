// The timeline under a hand: a click or a drag goes there, and hovering shows the picture there.

const COLUMNS = 8;
const TILES_MAX = 64;
const peek = document.getElementById("peek");

// What is under the pointer, as a place in the film; null beside the strip.
function place(film, x) {
  for (const [index, segment] of film.segments.entries()) {
    const box = segment.item.getBoundingClientRect();
    if (x <= box.right || index === film.segments.length - 1) {
      const part = Math.max(0, Math.min(0.9999, (x - box.left) / box.width));
      return { index, seconds: part * segment.seconds };
    }
  }
  return null;
}

export function clock(seconds) {
  const tenths = Math.floor(seconds * 10 + 0.05);
  const rest = ((tenths % 600) / 10).toFixed(1);
  return `${Math.floor(tenths / 600)}:${rest.padStart(4, "0")}`;
}

// A sprite is 64 pictures at most, eight a row, of every so many frames of the whole take.
function picture(segment, seconds) {
  const frames = Number(segment.item.dataset.takeFrames);
  const every = Math.max(1, Math.ceil(frames / TILES_MAX));
  const tiles = Math.ceil(frames / every);
  const tile = Math.floor(Math.round((segment.start + seconds) * segment.fps) / every);
  const columns = Math.min(COLUMNS, tiles);
  const rows = Math.ceil(tiles / COLUMNS);
  const at = Math.max(0, Math.min(tiles - 1, tile));
  const part = (index, all) => (all > 1 ? (index / (all - 1)) * 100 : 0);
  return {
    size: `${columns * 100}% ${rows * 100}%`,
    position: `${part(at % COLUMNS, columns)}% ${part(Math.floor(at / COLUMNS), rows)}%`,
  };
}

function hover(film, x) {
  const found = place(film, x);
  const segment = found && film.segments[found.index];
  if (!segment) return;
  const image = peek.firstElementChild;
  image.hidden = !segment.sprite;
  if (segment.sprite) {
    const { size, position } = picture(segment, found.seconds);
    image.style.aspectRatio = segment.item.dataset.shape;
    image.style.backgroundImage = `url("${segment.sprite}")`;
    image.style.backgroundSize = size;
    image.style.backgroundPosition = position;
  }
  peek.lastElementChild.textContent = clock(segment.begins + found.seconds);
  peek.hidden = false;
  const around = peek.parentElement.getBoundingClientRect();
  const half = peek.offsetWidth / 2;
  const left = Math.max(half, Math.min(around.width - half, x - around.left));
  peek.style.left = `${left}px`;
}

// `player` has film, show(index, seconds), isPlaying, play() and pause().
export function listen(player) {
  let dragging = null;

  document.addEventListener("pointerdown", (event) => {
    if (event.button || !event.target.closest("#timeline")) return;
    // The rows scroll under a finger that goes up or down; across, it goes through the film.
    dragging = { id: event.pointerId, from: event.clientX, moved: false, playing: player.isPlaying };
  });
  addEventListener("pointermove", (event) => {
    const over = event.target.closest?.("#timeline");
    if (!dragging || event.pointerId !== dragging.id) {
      if (over && event.pointerType === "mouse") hover(player.film, event.clientX);
      else peek.hidden = true;
      return;
    }
    if (!dragging.moved && Math.abs(event.clientX - dragging.from) < 4) return;
    if (!dragging.moved) {
      dragging.moved = true;
      player.pause();
      document.getElementById("timeline").setPointerCapture(dragging.id);
    }
    const found = place(player.film, event.clientX);
    if (found) player.show(found.index, found.seconds);
    hover(player.film, event.clientX);
  });
  const end = (event) => {
    if (!dragging || event.pointerId !== dragging.id) return;
    if (dragging.moved && dragging.playing) player.play();
    peek.hidden = event.pointerType !== "mouse" || dragging.moved;
    dragging = null;
  };
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-segment-jump]");
    if (!button) return;
    const index = player.film.segments.findIndex((s) => s.item === button.closest("li"));
    if (index < 0) return;
    // Pressed by key, it goes to where the scene begins.
    player.show(index, event.detail ? place(player.film, event.clientX).seconds : 0);
  });
}
