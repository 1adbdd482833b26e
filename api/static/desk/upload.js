// A file that is too large is refused before it is sent.
const field = document.querySelector("input[type=file][data-most]");

field?.addEventListener("change", () => {
  const [file] = field.files;
  field.setCustomValidity(file && file.size > Number(field.dataset.most) ? field.dataset.tooLarge : "");
  field.reportValidity();
});
