// What only scripts can do on the page of an order: copying, and printing the packing slip.
const said = document.createElement("p");
said.className = "hidden";
said.setAttribute("role", "status");
document.body.append(said);

function offer(root) {
  const shown = root.querySelectorAll(navigator.clipboard ? "[data-copy][hidden], [data-print][hidden]" : "[data-print][hidden]");
  for (const button of shown) button.hidden = false;
}

async function copy(button) {
  const lines = document.getElementById(button.dataset.copy).innerText.split("\n");
  await navigator.clipboard.writeText(lines.map((line) => line.trim()).filter(Boolean).join("\n"));
  said.textContent = "";
  said.textContent = button.dataset.copied;
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if (button.hasAttribute("data-print")) print();
  else copy(button);
});

offer(document);
// Parts that were replaced come with their buttons hidden.
new MutationObserver(() => offer(document)).observe(document.querySelector("main"), { childList: true, subtree: true });
