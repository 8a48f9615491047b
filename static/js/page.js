// What every page needs: theme switch, menus that close, requests that failed.
const root = document.documentElement;

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* this page only */ }
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const field = document.getElementById(copy.dataset.copy);
    field.select();
    const label = copy.querySelector("span") ?? copy;
    const select = () => { label.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C"; };
    // Without https there is no clipboard to write to, and it may be forbidden.
    if (navigator.clipboard) navigator.clipboard.writeText(field.value).then(() => { label.textContent = "Copied"; }, select);
    else select();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Words wait in this browser for whoever typed them, and for a week: the rest goes at any page.
const WEEK = 7 * 24 * 3600 * 1000;
const { person } = document.body.dataset;
function waits(key) {
  const mine = !person || key.startsWith(`draft:${person}:`);
  // Those of a version before this one say no time, and are somebody's words all the same.
  const at = () => JSON.parse(localStorage.getItem(key)).at ?? Date.now();
  try { return mine && Date.now() - at() < WEEK; } catch { return false; }
}
try {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith("draft:") && !waits(key)) localStorage.removeItem(key);
  }
} catch { /* nothing can be kept here */ }

// Whoever signs out leaves none of the words behind that this browser kept.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-signs-out]")) return;
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith("draft:")) localStorage.removeItem(key);
  }
});

// What is sent once is pressed once: the answer to a second press would hide the only copy of what
// the first one made. Told by what is sent, for passkeys send their form without a submit.
function once(forms, sent) {
  for (const button of forms.flatMap((form) => [...form.querySelectorAll("button")])) button.disabled = sent;
}
document.addEventListener("formdata", (event) => {
  if (event.target.matches("[data-once]")) once([event.target], true);
});
// Also of a page to which one goes back, which the browser shows as it was left.
addEventListener("pageshow", () => once([...document.querySelectorAll("[data-once]")], false));

// A request that failed says so where the page speaks, once, and leaves everything as it was.
function tell(words) {
  const notices = document.getElementById("notices");
  let line = notices.querySelector("[data-failure]");
  if (!line) {
    line = document.createElement("p");
    line.className = "notice notice--bad";
    line.dataset.failure = "";
    notices.append(line);
  }
  line.textContent = words;
}

document.body.addEventListener("storyboard:tell", (event) => tell(event.detail));
document.body.addEventListener("htmx:sendError", (event) => {
  // Words are kept and sent again, which the page says where they are saved.
  if (event.detail.elt.closest("[data-polls], [data-kept]")) return;
  tell("The server did not answer. Nothing was changed: try again in a moment.");
});
document.body.addEventListener("htmx:responseError", (event) => {
  if (event.detail.elt.closest("[data-polls]")) return;
  const status = event.detail.xhr.status;
  if ((status === 403 || status >= 500) && event.detail.elt.closest("[data-kept]")) return;
  if (status === 403) tell("You may not do that here. Nothing was changed.");
  else if (status === 404) tell("That is no longer there. Reload the page to see what is.");
  else if (status === 413) tell("That is too much at once. Nothing was changed: do it in parts.");
  else if (status === 429) tell("That was asked for too often. Nothing was changed: wait five minutes.");
  else {
    const id = event.detail.xhr.getResponseHeader("X-Request-ID");
    const named = id ? ` If it happens again, tell whoever runs this: id ${id}.` : "";
    tell(`Something went wrong on our side. Nothing was changed: try again in a moment.${named}`);
  }
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) document.querySelector("#notices [data-failure]")?.remove();
});
