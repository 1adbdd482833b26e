// Keeps a page about something that takes long up to date: while a part of it says `data-poll`, that address is
// fetched every second and the part is replaced. Of what carries `data-live-say` a new text is announced.
import { localiseTimes } from "../page.js";

const PAUSE = 1_000;

const said = document.createElement("p");
said.className = "hidden";
said.setAttribute("role", "status");
document.body.append(said);

async function refresh(part) {
  const answer = await fetch(part.dataset.poll, { headers: { Accept: "text/html" } });
  // Signed out meanwhile: the page itself leads to where one signs in.
  if (answer.redirected) return location.reload();
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  if (!fresh) return;
  localiseTimes(page);
  const words = (root) => root.querySelector("[data-live-say]")?.textContent.trim() ?? "";
  if (words(fresh) !== words(part)) said.textContent = words(fresh);
  const focused = part.contains(document.activeElement);
  part.replaceWith(document.importNode(fresh, true));
  if (focused) {
    const now = document.getElementById(part.id);
    now.tabIndex = -1;
    now.focus({ preventScroll: true });
  }
}

async function follow() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    const part = document.querySelector("[data-live][data-poll]");
    if (!part) return;
    if (document.hidden) continue;
    try {
      await refresh(part);
    } catch {
      // Away for a moment: it is asked again.
    }
  }
}

follow();
