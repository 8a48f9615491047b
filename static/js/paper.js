// A field shows on paper only what its box holds: for printing, its words stand beside it as text.

addEventListener("beforeprint", () => {
  for (const field of document.querySelectorAll("#title, .scene__prompt, .scene__caption")) {
    if (!("value" in field)) continue; // a reader's page has text already
    const words = document.createElement("p");
    words.className = "on-paper";
    words.dir = "auto";
    words.textContent = field.value;
    field.after(words);
  }
  for (const picture of document.querySelectorAll("#scenes img[loading]")) picture.loading = "eager";
});

addEventListener("afterprint", () => {
  for (const words of document.querySelectorAll(".on-paper")) words.remove();
});
