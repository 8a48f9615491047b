// Where the keyboard goes on once the picker, or the card that it was in, has left the page.

const CHANGE = ".look__change";
const ADD = "#look-add";
let opener = ADD;

function goOn(selector) {
  if (document.activeElement && document.activeElement !== document.body) return;
  document.querySelector(selector)?.focus();
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (elt.matches(`#look ${CHANGE}`)) opener = CHANGE;
  else if (elt.matches(ADD)) opener = ADD;
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  const { requestConfig, target } = event.detail;
  if (requestConfig?.verb !== "post" || !target?.id?.startsWith("look")) return;
  goOn(target.id === "look" ? opener : ADD);
});

// A picker that is closed hides the very words that closed it. Toggle events do not bubble.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.id !== "models" || event.target.open) return;
    if (event.target.contains(document.activeElement)) document.activeElement.blur();
    goOn(opener);
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const picker = event.key === "Escape" && event.target.closest?.("#look #models");
  if (picker) picker.open = false;
});
