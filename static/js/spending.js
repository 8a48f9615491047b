// What is paid for is rendered from the words on the page: those that are still being stored
// when somebody presses Render are stored first, and where that fails nothing is sent.

const PATIENCE = 15000; // ms

const unsaved = () => [...document.querySelectorAll("form[data-saves] [data-dirty]")];
let asked = null;

function leave(words) {
  clearTimeout(asked.timer);
  asked = null;
  if (words) document.body.dispatchEvent(new CustomEvent("storyboard:tell", { detail: words }));
}

document.body.addEventListener("htmx:confirm", (event) => {
  const form = event.detail.elt;
  if (!form.matches("form[data-spends]") || !unsaved().length) return;
  event.preventDefault();
  if (asked) return;
  // An answer may draw the form anew: it is found again by where it leads.
  asked = { action: form.getAttribute("action") };
  asked.timer = setTimeout(() => leave("Nothing was sent: your words could not be stored yet. Try again once the page says Saved."), PATIENCE);
  for (const one of new Set(unsaved().map((field) => field.form))) one.requestSubmit();
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!asked || !event.detail.requestConfig.elt.matches("form[data-saves]")) return;
  const { status } = event.detail.xhr;
  if (status < 200 || status >= 300 || event.detail.xhr.getResponseHeader("HX-Redirect")) {
    leave("Nothing was sent: some of what you wrote is not saved. See what the field says, and press Render again.");
  } else if (!unsaved().length) {
    const { action } = asked;
    leave();
    // After this answer is on the page, and with it the form as it is now.
    setTimeout(() => document.querySelector(`form[data-spends][action="${action}"]`)?.requestSubmit());
  }
});
