// The shop's settings: the next order number with the prefix that is typed, and the example of the chosen policy.
const form = document.getElementById("settings");
const number = form.querySelector("output.number");
const stored = number.textContent;

function showNumber() {
  const prefix = form.elements.order_number_prefix.value.trim().toUpperCase();
  number.textContent = (prefix || "…") + stored.slice(number.dataset.stored.length);
}

function showExample() {
  const included = form.elements.prices_include_tax.checked ? "inclusive" : "exclusive";
  const taxed = form.elements.tax_shipping.checked ? "taxed" : "untaxed";
  for (const example of form.querySelectorAll("[data-policy]")) {
    example.hidden = example.dataset.policy !== `${included}-${taxed}`;
  }
}

form.elements.order_number_prefix.addEventListener("input", showNumber);
form.addEventListener("change", showExample);
showNumber();
showExample();
