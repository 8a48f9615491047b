// Two takes in step: one leads, the other follows it within a frame; both begin again together.

const stage = document.querySelector("[data-compare]");
const clock = (seconds) => {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
};

class Side {
  constructor(video) {
    this.video = video;
    for (const name of ["start", "seconds", "fps"]) this[name] = Number(video.dataset[name]);
    video.controls = false;
    // The address names its part for browsers without script; here both are led.
    video.src = video.src.split("#")[0];
  }

  get spent() { return this.video.currentTime - this.start; }

  get isOver() { return this.spent >= this.seconds - 0.02 || this.video.ended; }

  // Into the middle of a frame, and never past the last one.
  go(seconds) {
    const last = this.seconds - 0.5 / this.fps;
    const frame = Math.floor(Math.min(seconds, last) * this.fps + 0.01);
    const time = this.start + Math.max(0, (frame + 0.5) / this.fps);
    if (Math.abs(this.video.currentTime - time) < 1e-3 && !this.video.seeking) return Promise.resolve();
    return new Promise((done) => {
      this.video.addEventListener("seeked", done, { once: true });
      this.video.currentTime = time;
    });
  }
}

class Pair {
  constructor(sides) {
    this.sides = sides;
    // The longer one leads; the other waits on its last frame until both begin again.
    [this.lead, this.other] = sides[1].seconds > sides[0].seconds ? [...sides].reverse() : sides;
    this.playing = false;
    this.turn = 0;
  }

  get fps() { return Math.max(this.lead.fps, this.other.fps); }

  async go(seconds) {
    const turn = ++this.turn;
    for (const side of this.sides) side.video.pause();
    await Promise.all(this.sides.map((side) => side.go(seconds)));
    if (turn === this.turn && this.playing) this.#start();
  }

  play() {
    this.playing = true;
    this.go(this.lead.isOver ? 0 : Math.max(0, this.lead.spent));
  }

  pause() {
    this.playing = false;
    this.go(Math.max(0, this.lead.spent));
  }

  step(frames) {
    this.playing = false;
    const frame = Math.floor(this.lead.spent * this.fps + 0.01) + frames;
    this.go(Math.max(0, Math.min(frame / this.fps, this.lead.seconds - 0.5 / this.fps)));
  }

  #start() {
    for (const { video } of this.sides) {
      video.playbackRate = 1;
      video.play().catch(() => { /* a later press of Play asks again */ });
    }
    requestAnimationFrame(() => this.#keep(this.turn));
  }

  // A little slower or faster closes a small gap unseen; a larger one is sought.
  #keep(turn) {
    if (turn !== this.turn || !this.playing) return;
    if (this.lead.isOver) {
      this.go(0);
      return;
    }
    const { lead, other } = this;
    if (other.isOver) other.video.pause();
    else {
      const gap = lead.spent - other.spent;
      if (Math.abs(gap) > 1 / this.fps) {
        this.go(lead.spent);
        return;
      }
      other.video.playbackRate = Math.abs(gap) > 0.25 / this.fps ? 1 + Math.sign(gap) * 0.08 : 1;
    }
    requestAnimationFrame(() => this.#keep(turn));
  }
}

function begin() {
  const pair = new Pair([...stage.querySelectorAll("video")].map((video) => new Side(video)));
  const find = (id) => document.getElementById(id);
  const [play, wipe, flick] = [find("compare-play"), find("compare-wipe"), find("compare-flick")];
  const icon = play.querySelector("use");
  const sheet = icon.getAttribute("href").split("#")[0];
  stage.querySelector(".compare__controls").hidden = false;

  const show = () => {
    icon.setAttribute("href", `${sheet}#${pair.playing ? "pause" : "play"}`);
    play.setAttribute("aria-label", pair.playing ? "Pause" : "Play");
    const spent = Math.max(0, Math.min(pair.lead.spent, pair.lead.seconds));
    find("compare-time").textContent = clock(spent);
    find("compare-frame").textContent = `frame ${Math.floor(spent * pair.lead.fps + 0.01) + 1}`;
  };
  const mode = (name) => {
    stage.dataset.mode = name;
    for (const button of stage.querySelectorAll("[data-mode-of]")) {
      button.setAttribute("aria-pressed", String(button.dataset.modeOf === name));
    }
    wipe.hidden = name !== "wipe";
    flick.hidden = name !== "flick";
    try { localStorage.setItem("compare", name); } catch { /* this page only */ }
  };
  const cut = (percent) => {
    wipe.value = String(Math.round(percent));
    stage.style.setProperty("--wipe", `${wipe.value}%`);
  };
  const toggle = () => { if (pair.playing) pair.pause(); else pair.play(); show(); };
  const turn = () => {
    if (stage.dataset.mode !== "flick") mode("flick");
    stage.toggleAttribute("data-other");
  };

  play.addEventListener("click", toggle);
  flick.addEventListener("click", turn);
  wipe.addEventListener("input", () => cut(Number(wipe.value)));
  for (const button of stage.querySelectorAll("[data-mode-of]")) {
    button.addEventListener("click", () => mode(button.dataset.modeOf));
  }
  const screens = stage.querySelector(".compare__screens");
  screens.addEventListener("pointermove", (event) => {
    if (stage.dataset.mode !== "wipe" || (event.pointerType === "mouse" && !event.buttons)) return;
    const box = screens.getBoundingClientRect();
    cut(Math.max(0, Math.min(100, (event.clientX - box.left) / box.width * 100)));
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      ArrowLeft: () => pair.step(-1), ArrowRight: () => pair.step(1), x: turn, X: turn,
      1: () => mode("beside"), 2: () => mode("wipe"), 3: () => mode("flick"),
      " ": event.target.closest("button, a, summary") ? null : toggle,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
    show();
  });
  for (const { video } of pair.sides) {
    for (const name of ["timeupdate", "seeked", "play", "pause"]) video.addEventListener(name, show);
    video.addEventListener("error", () => { stage.querySelector(".compare__broken").hidden = false; });
  }
  try { mode(localStorage.getItem("compare") ?? "beside"); } catch { mode("beside"); }
  pair.go(0).then(show);
}

if (stage) begin();
