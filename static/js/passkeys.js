// Passkeys, around the login library's own script: shown where the browser has them, and in words
// when the ceremony did not come about.
const SAID = {
  NotAllowedError: "Nothing came from your device: it was put off, or took too long. Try again.",
  InvalidStateError: "This device has a passkey for this account already.",
  SecurityError: "Your browser allows no passkeys at this address.",
  NotSupportedError: "Your device cannot do what was asked. Try without the tick above.",
};

if (window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-passkey]")) button.hidden = false;
} else {
  say("This browser has no passkeys.");
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const name = event.detail.exception?.name;
  say(SAID[name] || "The passkey could not be asked. Check your connection and try again.");
});

function say(words) {
  for (const place of document.querySelectorAll("[data-passkey-said]")) place.textContent = words;
}
