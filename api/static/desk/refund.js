// Says what a refund comes to while its form is filled in: the server works it out, from the same form.
const PAUSE = 250;
let waiting = null;
let asked = 0;

async function preview(form) {
  const number = (asked += 1);
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.preview, { method: "POST", body });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("preview");
    // Only the newest answer counts, and only for a form that is still there.
    if (fresh && number === asked) form.querySelector("#preview")?.replaceChildren(...fresh.childNodes);
  } catch {
    // Sending the form shows the amount first.
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-preview]");
  if (!form || event.target.name === "reason") return;
  // What is shown is out of date until the answer is here; without it the server asks before it pays.
  form.querySelector("#preview input[name=expected]")?.remove();
  clearTimeout(waiting);
  waiting = setTimeout(preview, PAUSE, form);
});

function hideButton(root) {
  for (const button of root.querySelectorAll("[data-replaced]")) button.hidden = true;
}

document.addEventListener("dialog:shown", (event) => hideButton(event.detail));
hideButton(document);
