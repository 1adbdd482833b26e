// The address step: the billing addresses appear once they are to be another one.
const box = document.querySelector("[data-hides]");

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

if (box) {
  box.addEventListener("change", show);
  show();
}
