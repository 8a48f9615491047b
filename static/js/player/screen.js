// Two <video> elements in one place: one shows, the other holds what comes next, so that going
// from film to film shows no gap. A segment without a film is a text card.

// A picture is drawn every 16 ms or so: what ends before the next one ends now.
export const NOW = 0.02;
const READY = 2; // HTMLMediaElement.HAVE_CURRENT_DATA

// Aim into the middle of a frame, so that rounding never shows its neighbour.
const aim = (segment, seconds) => segment.start + seconds + 0.5 / segment.fps;

export class Screen {
  constructor(element, { onFrame, onBroken }) {
    this.element = element;
    [this.front, this.back] = element.querySelectorAll("video");
    this.card = element.querySelector(".screen__card");
    this.caption = element.querySelector(".screen__caption");
    this.broken = new Set(); // files that the browser could not play
    this.segment = null;
    this.shown = 0; // seconds of the file that the picture on the screen belongs to
    this.onFrame = onFrame;
    for (const video of [this.front, this.back]) {
      video.addEventListener("error", () => {
        if (!video.dataset.src) return;
        this.broken.add(video.dataset.src);
        if (video === this.front) onBroken();
      });
      video.addEventListener("waiting", () => { if (video === this.front) element.dataset.waiting = ""; });
      for (const name of ["playing", "seeked", "canplay"]) {
        video.addEventListener(name, () => { if (video === this.front) delete element.dataset.waiting; });
      }
      this.#follow(video);
    }
  }

  isCard(segment) {
    return !segment.src || this.broken.has(segment.src);
  }

  // Seconds into the segment at which its film stands.
  get spent() {
    return this.front.currentTime - this.segment.start;
  }

  get isOver() {
    const end = this.segment.start + this.segment.seconds;
    return this.front.ended || this.front.currentTime >= end - NOW;
  }

  show(segment, seconds, playing) {
    this.segment = segment;
    this.#say(segment);
    if (this.isCard(segment)) {
      this.front.pause();
      delete this.element.dataset.waiting;
      return;
    }
    const last = segment.seconds - 0.5 / segment.fps;
    const time = aim(segment, Math.max(0, Math.min(seconds, last)));
    this.shown = time;
    if (this.front.dataset.src !== segment.src) {
      [this.front, this.back] = [this.back, this.front];
      this.back.pause();
      this.#load(this.front, segment.src);
    }
    this.#seek(this.front, time);
    this.#reveal(this.front);
    if (playing) this.play();
  }

  // Its words may have been changed while it shows.
  tell() {
    if (this.segment) this.#say(this.segment);
  }

  // The next segment of the same file: nothing is sought, so nothing can stutter.
  goOn(segment) {
    this.segment = segment;
    this.#say(segment);
  }

  prepare(segment) {
    if (!segment || this.isCard(segment) || segment.src === this.front.dataset.src) return;
    this.#load(this.back, segment.src);
    this.#seek(this.back, aim(segment, 0));
  }

  play() {
    this.front.playbackRate = this.speed ?? 1;
    this.front.play().catch(() => { /* a later press of Play asks again */ });
  }

  // It stands in the middle of the frame that was seen last, so that the place is no guess.
  pause() {
    if (this.front.paused) return;
    this.front.pause();
    const { start, fps } = this.segment;
    const frame = Math.floor((this.shown - start) * fps + 0.01);
    this.#seek(this.front, aim(this.segment, frame / fps));
  }

  setSpeed(speed) {
    this.speed = speed;
    this.front.playbackRate = speed;
  }

  #say(segment) {
    const card = this.isCard(segment);
    this.card.hidden = !card;
    this.card.textContent = !card ? ""
      : segment.src ? "This take cannot be played." : segment.words || "(no words yet)";
    this.caption.textContent = card ? "" : segment.words;
  }

  #load(video, src) {
    if (video.dataset.src === src) return;
    video.dataset.src = src;
    video.src = src;
  }

  #seek(video, seconds) {
    if (Math.abs(video.currentTime - seconds) > 1e-3) video.currentTime = seconds;
  }

  // The picture before stays until the new one is there: never a black moment between two films.
  #reveal(video) {
    const reveal = () => {
      if (video !== this.front) return;
      video.hidden = false;
      this.back.hidden = true;
      if (document.pictureInPictureElement === this.back) {
        video.requestPictureInPicture?.().catch(() => { /* it stays with the film before */ });
      }
    };
    if (video.readyState >= READY && !video.seeking) reveal();
    else {
      for (const name of ["seeked", "loadeddata"]) video.addEventListener(name, reveal, { once: true });
    }
  }

  // What the counter says is what the eye sees: the browser tells of each frame it presents. It
  // may tell late of a film that stands, or not at all; where it stands is known then.
  #follow(video) {
    const see = (time) => {
      if (video !== this.front) return;
      this.shown = video.paused && !video.seeking ? video.currentTime : time;
      this.onFrame();
    };
    const each = (now, frame) => {
      see(frame.mediaTime);
      video.requestVideoFrameCallback(each);
    };
    video.requestVideoFrameCallback?.(each);
    video.addEventListener("seeked", () => see(video.currentTime));
  }
}
