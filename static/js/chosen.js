// What is chosen in a list, summed up as it is chosen; the server has its own sum.

for (const form of document.querySelectorAll("form[data-chosen]")) {
  const total = form.querySelector("[data-total]");
  const count = form.querySelector("[data-count]");
  const buttons = form.querySelectorAll("button");
  const sum = () => {
    const chosen = [...form.querySelectorAll("input[data-cost]:checked")];
    const cost = chosen.reduce((all, one) => all + Number(one.dataset.cost), 0);
    const digits = cost >= 0.1 ? 2 : 4;
    total.textContent = cost ? `about $${cost.toFixed(digits)}` : "free";
    count.textContent = chosen.length;
    for (const button of buttons) button.disabled = !chosen.length;
  };
  form.addEventListener("change", sum);
  sum();
}
