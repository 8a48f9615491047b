// Renders under way show in the tab's title; clock times become the reader's own.
const title = document.title;

function localTimes() {
  for (const time of document.querySelectorAll("time[data-clock]")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour12: false });
  }
}

let before = 0;

function update() {
  const going = Number(document.getElementById("live")?.dataset.underWay ?? 0);
  if (going) document.title = `(${going}) ${title}`;
  else document.title = before && document.hidden ? `Ready: ${title}` : title;
  before = going;
  localTimes();
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !before) document.title = title;
});
document.body.addEventListener("htmx:afterOnLoad", (event) => {
  update();
  // Why nothing was sent is told above the rows, perhaps out of sight of the button.
  if (event.detail.xhr.status === 422) {
    document.querySelector("#problems [role='alert']")?.focus();
  }
});
update();
