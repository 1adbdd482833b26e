// What a form says: an error beside its button, and what it is doing.
import { text } from "./texts.js";

export function sayer(form) {
  const said = form.querySelector("#said");
  const doing = form.querySelector("#doing");
  const button = form.querySelector("button.button:not(.quiet)");

  return {
    // An error with links to where it can be mended: [[label, address], …].
    problem(message, links = []) {
      const box = document.createElement("div");
      box.className = "alert bad";
      const line = document.createElement("p");
      line.textContent = message;
      box.append(line);
      for (const [label, address] of links) {
        const link = document.createElement("a");
        link.href = address;
        link.textContent = label;
        const paragraph = document.createElement("p");
        paragraph.append(link);
        box.append(paragraph);
      }
      said.replaceChildren(box);
      said.scrollIntoView({ block: "nearest" });
    },
    clear() {
      said.replaceChildren();
    },
    busy(name) {
      doing.textContent = name ? text(name) : "";
      button.disabled = Boolean(name);
      form.toggleAttribute("aria-busy", Boolean(name));
      if (name) form.setAttribute("aria-busy", "true");
    },
    ready(label) {
      button.textContent = label ?? button.dataset.ready;
      this.busy(null);
    },
  };
}
