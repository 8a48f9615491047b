// The timeline as the page has it: stretches of takes and text cards, in order.

// A scene's words as its row has them, before the stage is drawn again; null without such a row.
function written(scene) {
  const prompt = document.getElementById(`scene-${scene}-prompt`);
  if (!prompt) return null;
  return document.getElementById(`scene-${scene}-caption`).value.trim() || prompt.value.trim();
}

export class Film {
  constructor(segments) {
    this.segments = segments;
    this.seconds = 0;
    this.frames = 0;
    for (const segment of segments) {
      segment.begins = this.seconds;
      segment.firstFrame = this.frames;
      this.seconds += segment.seconds;
      this.frames += segment.frames;
    }
  }

  static read() {
    // A take on its own keeps the words that it was made of.
    const isFilm = document.getElementById("timeline").dataset.mode === "film";
    return new Film([...document.querySelectorAll("#timeline > li")].map((item) => ({
      item,
      src: item.dataset.src ?? "",
      sprite: item.dataset.sprite ?? "",
      start: Number(item.dataset.start),
      seconds: Number(item.dataset.seconds),
      fps: Number(item.dataset.fps),
      frames: Number(item.dataset.frames),
      scene: item.dataset.scene,
      get words() {
        return (isFilm ? written(item.dataset.scene) : null) ?? item.dataset.words;
      },
    })));
  }

  get signature() {
    return this.segments.map((s) => `${s.src}|${s.start}|${s.seconds}|${s.scene}`).join();
  }

  get hasPictures() {
    return this.segments.some((segment) => segment.src);
  }

  // Where in the film so many seconds are: which segment, and how far into it.
  at(seconds) {
    const inside = Math.max(0, Math.min(this.seconds - 1e-4, seconds));
    const index = Math.max(0, this.segments.findLastIndex((s) => s.begins <= inside + 1e-9));
    return { index, seconds: inside - (this.segments[index]?.begins ?? 0) };
  }

  atFrame(frame) {
    const wanted = Math.max(0, Math.min(this.frames - 1, frame));
    const index = Math.max(0, this.segments.findLastIndex((s) => s.firstFrame <= wanted));
    const segment = this.segments[index];
    return { index, seconds: segment ? (wanted - segment.firstFrame) / segment.fps : 0 };
  }

  // Whether the next segment goes on in the very same file.
  goesOn(index) {
    const [here, next] = [this.segments[index], this.segments[index + 1]];
    return Boolean(next && here.src && here.src === next.src
      && Math.abs(here.start + here.seconds - next.start) < 1e-3);
  }
}
