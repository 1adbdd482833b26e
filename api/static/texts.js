// Texts that the server wrote in the visitor's language, with %(names)s filled in.
const TEXTS = JSON.parse(document.getElementById("texts").textContent);

export function text(name, values = {}) {
  return TEXTS[name].replace(/%\((\w+)\)s/g, (_, key) => values[key]);
}
