// A notice of the browser's own when renders end while the page is out of sight, where it was asked
// for. It is this browser's choice, for every story.

const WORDS = {
  Ready: "Your film is on the stage.",
  Failed: "A render failed. The page says why.",
  Uncertain: "It is uncertain what became of a render. The page says what you can do.",
};
const able = "Notification" in window;

function wanted() {
  try { return localStorage.getItem("notices") === "on" && Notification.permission === "granted"; } catch { return false; }
}

function want(on) {
  try { localStorage.setItem("notices", on ? "on" : "off"); } catch { /* this page only */ }
}

function show(said = "") {
  const button = document.getElementById("notices-here");
  if (!button || !able) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(wanted()));
  if (said) document.getElementById("telling-said").textContent = said;
}

async function press() {
  if (wanted()) {
    want(false);
    show("This browser shows no notices now.");
    return;
  }
  if (await Notification.requestPermission() !== "granted") {
    show("This browser refuses notices from this site. Allow them in its settings for the site, then press again.");
    return;
  }
  want(true);
  show("This browser tells you when renders end, while their page is open in a tab.");
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#notices-here")) press();
});

document.addEventListener("storyboard:ended", ({ detail: { ended, title } }) => {
  if (!able || !document.hidden || !wanted()) return;
  try {
    const notice = new Notification(`${ended}: ${title.replace(/ · Storyboard$/, "")}`, {
      body: WORDS[ended],
      icon: document.querySelector("link[rel=icon]").href,
      tag: location.pathname,
    });
    notice.addEventListener("click", () => {
      window.focus();
      notice.close();
    });
  } catch { /* some telephones show none from a page: the title tells */ }
});
document.body.addEventListener("htmx:afterSettle", () => show());
show();
