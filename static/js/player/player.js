// What plays: the film's segments in order, forwards or back, at any speed, in a loop or not.

import { Film } from "./film.js";
import { NOW, Screen } from "./screen.js";

const SHUTTLE = [1, 2, 4];

export class Player {
  // `changed` is told of everything that a counter or a strip may show, `starts` of each start.
  constructor(element, { changed, starts }) {
    this.film = new Film([]);
    this.at = -1; // the segment that shows
    this.way = 0; // 1 plays, -1 plays backwards, 0 stands
    this.speed = 1;
    this.shuttle = 1; // how much faster J or L were pressed
    this.loop = null; // "scene", or the first and last frame of a range
    this.card = 0; // seconds of a text card that have passed
    this.aimed = null; // the film's frame that was asked for, until the screen shows it
    this.ended = false;
    this.changed = changed;
    this.starts = starts;
    this.screen = new Screen(element, {
      onFrame: () => this.#shown(),
      // A broken take is passed over with a word, never a stop.
      onBroken: () => this.show(this.at),
    });
  }

  get segment() {
    return this.film.segments[this.at];
  }

  get isPlaying() {
    return this.way !== 0;
  }

  // Whole frames of the segment before the one that the eye sees.
  get inside() {
    const { segment } = this;
    const spent = this.screen.isCard(segment) ? this.card : this.screen.shown - segment.start;
    return Math.max(0, Math.min(segment.frames - 1, Math.floor(spent * segment.fps + 0.01)));
  }

  // The film's frame on the screen, from 0.
  get frame() {
    return this.segment ? this.segment.firstFrame + this.inside : 0;
  }

  // The film's frame where one is, though the screen may still owe its picture.
  get place() {
    return this.aimed ?? this.frame;
  }

  // Seconds of the film that are over.
  get seconds() {
    if (this.ended) return this.film.seconds;
    return this.segment ? this.segment.begins + this.inside / this.segment.fps : 0;
  }

  show(index, seconds = 0) {
    const segment = this.film.segments[index];
    if (!segment) return;
    const inside = Math.max(0, Math.min(segment.frames - 1, Math.floor(seconds * segment.fps + 1e-6)));
    this.at = index;
    this.ended = false;
    this.card = inside / segment.fps;
    this.aimed = segment.firstFrame + inside;
    this.screen.show(segment, inside / segment.fps, this.way === 1);
    this.#prepare();
    this.changed();
  }

  showFrame(frame) {
    const { index, seconds } = this.film.atFrame(frame);
    this.show(index, seconds);
  }

  step(by) {
    this.pause();
    this.showFrame(this.place + by);
  }

  scene(by) {
    this.show(Math.max(0, Math.min(this.film.segments.length - 1, this.at + by)));
  }

  play(way = 1) {
    if (!this.film.segments.length) return;
    if (this.at < 0 || (way === 1 && this.ended)) this.show(0);
    if (this.range && (this.frame < this.range[0] || this.frame > this.range[1])) this.showFrame(this.range[0]);
    const stood = !this.way;
    this.way = way;
    this.ended = false;
    this.owed = 0;
    this.#pace();
    if (way === 1 && !this.screen.isCard(this.segment)) this.screen.play();
    if (way === -1) this.screen.pause();
    this.changed();
    if (!stood) return;
    this.starts();
    this.last = performance.now();
    requestAnimationFrame((now) => this.#tick(now));
  }

  pause() {
    this.way = 0;
    this.shuttle = 1;
    this.screen.pause();
    this.changed();
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  // L plays, J plays backwards, and each press more goes faster.
  run(way) {
    const again = this.way === way ? SHUTTLE.indexOf(this.shuttle) + 1 : 0;
    this.shuttle = SHUTTLE[Math.min(again, SHUTTLE.length - 1)];
    this.play(way);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.#pace();
    this.changed();
  }

  get range() {
    return Array.isArray(this.loop) ? this.loop : null;
  }

  // One end of the range; the other is the film's own until it is chosen.
  mark(end) {
    const here = this.place;
    const [from, to] = this.range ?? [0, this.film.frames - 1];
    this.loop = end === "in" ? [here, Math.max(here, to)] : [Math.min(from, here), here];
    this.changed();
  }

  // After a swap: the same place in what came instead.
  take(film, at) {
    this.film = film;
    this.at = at;
    if (this.range && this.range[1] >= film.frames) this.loop = null;
  }

  #pace() {
    this.screen.setSpeed(Math.min(4, this.speed * this.shuttle));
  }

  #prepare() {
    const later = this.film.segments.slice(this.at + 1);
    const next = later.find((s) => !this.screen.isCard(s) && s.src !== this.segment.src);
    this.screen.prepare(this.loop === "scene" ? null : next);
  }

  // A picture of before may still arrive after the next one was asked for: what was asked for
  // is forgotten when it is seen, or once the film runs on from there.
  #shown() {
    const seen = this.way === 1 ? !this.screen.front.seeking : this.frame === this.aimed;
    if (seen) this.aimed = null;
    this.changed();
  }

  #tick(now) {
    if (!this.way) return;
    // A page that was out of sight goes on where it was left.
    const passed = Math.min(0.25, (now - this.last) / 1000) * this.speed * this.shuttle;
    this.last = now;
    if (this.way === -1) this.#back(passed);
    else {
      const card = this.screen.isCard(this.segment);
      if (card) this.card += passed;
      const over = card ? this.card >= this.segment.seconds : this.screen.isOver;
      if (this.#leavesRange(card ? this.card : this.screen.spent)) this.showFrame(this.range[0]);
      else if (over) this.#advance();
    }
    this.changed();
    requestAnimationFrame((next) => this.#tick(next));
  }

  #leavesRange(spent) {
    if (!this.range) return false;
    const { index, seconds } = this.film.atFrame(this.range[1]);
    const last = this.film.segments[index];
    return this.at > index || (this.at === index && spent >= seconds + 1 / last.fps - NOW);
  }

  #advance() {
    if (this.loop === "scene") {
      this.show(this.at);
    } else if (!this.film.segments[this.at + 1]) {
      this.pause();
      this.ended = true;
    } else if (this.film.goesOn(this.at) && !this.screen.isCard(this.segment)) {
      this.at += 1;
      this.card = 0;
      this.screen.goOn(this.segment);
      this.#prepare();
    } else {
      this.show(this.at + 1);
    }
  }

  #back(passed) {
    this.owed += passed * this.segment.fps;
    const frames = Math.floor(this.owed);
    if (!frames) return;
    this.owed -= frames;
    const from = this.place;
    const first = this.range ? this.range[0] : 0;
    if (from > first) this.showFrame(Math.max(first, from - frames));
    else if (this.range) this.showFrame(this.range[1]);
    else this.pause();
  }
}
