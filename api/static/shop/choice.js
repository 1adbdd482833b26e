// The address step: ways to ship follow the address, and billing addresses appear once they are to be others.
const form = document.getElementById("choice");
const box = document.querySelector("[data-hides]");
let asked = 0;

function show() {
  const choices = document.getElementById(box.dataset.hides);
  const radios = [...choices.querySelectorAll("input[type=radio]")];
  choices.hidden = box.checked;
  for (const radio of radios) radio.disabled = box.checked;
  if (!box.checked && !radios.some((radio) => radio.checked) && radios.length) {
    const shipping = document.querySelector("input[name=shipping]:checked")?.value;
    (radios.find((radio) => radio.value !== shipping) ?? radios[0]).checked = true;
  }
}

// What the chosen address makes of it, by the server; the address line says so, for reload and back.
async function showMethods() {
  const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
  const mine = (asked += 1);
  const shown = document.getElementById("methods");
  shown.setAttribute("aria-busy", "true");
  document.getElementById("go-on").disabled = true;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (answer.redirected || !answer.ok) return location.assign(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    shown.replaceChildren(...document.importNode(page.getElementById("methods"), true).childNodes);
    shown.removeAttribute("aria-busy");
    document.getElementById("go-on").disabled = page.getElementById("go-on").disabled;
    history.replaceState(null, "", address);
    hideScriptless();
  } catch {
    location.assign(address);
  }
}

function hideScriptless() {
  for (const part of document.querySelectorAll(".scriptless")) part.hidden = true;
}

if (box) {
  box.addEventListener("change", show);
  form.addEventListener("change", (event) => {
    if (event.target.name === "shipping") showMethods();
  });
  hideScriptless();
  show();
}
