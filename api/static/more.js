// "Load more": appends the next page's entries in place. Without it the link leads to that page.
import { localiseTimes } from "./page.js";

const said = document.createElement("p");
said.className = "hidden";
said.setAttribute("role", "status");
document.body.append(said);

async function load(link) {
  const list = document.getElementById(link.dataset.more);
  const label = link.textContent;
  link.textContent = link.dataset.loading;
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href);
    // Somebody who is signed out meanwhile, or a server that is away: the link itself leads on.
    if (!answer.ok || answer.redirected) throw new Error(`answered ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const entries = [...page.getElementById(link.dataset.more).children];
    localiseTimes(page);
    list.append(...entries);
    continueAt(page.querySelector(`[data-more="${link.dataset.more}"]`), link, entries);
  } catch {
    location.assign(link.href);
  } finally {
    link.textContent = label;
    link.removeAttribute("aria-busy");
  }
}

// The focus stays where it is; where the list ends it goes to the first entry that is new.
function continueAt(next, link, entries) {
  if (next) {
    said.textContent = "";
    link.href = next.href;
    said.textContent = link.dataset.loaded;
    return;
  }
  said.textContent = link.dataset.end;
  const focused = document.activeElement === link;
  link.parentElement.remove();
  if (focused) entries[0]?.querySelector("a")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-more]");
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (!link.hasAttribute("aria-busy")) load(link);
});
