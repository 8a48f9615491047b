// Renders under way, and how they ended, show in the tab's title and icon; clock times become the
// reader's own.
const icon = document.querySelector("link[rel=icon]");
const plain = icon.href;
const title = document.title;

function localTimes() {
  for (const time of document.querySelectorAll("time[data-clock]")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour12: false });
  }
}

function show(word, picture) {
  document.title = word ? `${word} ${title}` : title;
  if (icon.href !== picture) icon.href = picture;
}

let before = 0;

function update() {
  const { underWay, ended } = document.getElementById("live")?.dataset ?? {};
  const going = Number(underWay ?? 0);
  const over = before && !going;
  before = going;
  if (going) show(`(${going})`, icon.dataset.going);
  else if (over && ended && document.hidden) {
    show(`${ended}:`, ended === "Ready" ? icon.dataset.ready : icon.dataset.trouble);
  } else if (over) show("", plain);
  if (over && ended) document.dispatchEvent(new CustomEvent("storyboard:ended", { detail: { ended, title } }));
  localTimes();
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !before) show("", plain);
});
document.body.addEventListener("htmx:afterOnLoad", (event) => {
  update();
  // Why nothing was sent is told above the rows, perhaps out of sight of the button.
  if (event.detail.xhr.status === 422) {
    document.querySelector("#problems [role='alert']")?.focus();
  }
});
update();
