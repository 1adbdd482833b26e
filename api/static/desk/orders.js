// The order table: fields and links change what is shown without loading the page anew, and the address with it.
import { localiseTimes } from "../page.js";

const TYPING = 250;
// What an answer replaces; the fields of the filters stay, so that nobody loses the focus or what they type.
const PARTS = ["kept", "export", "found"];

const filters = document.getElementById("filters");
const words = document.getElementById("search");
const place = document.getElementById("orders");
const said = document.createElement("p");
let request = null;
let timer = null;
// Whether the present entry of the history came about by typing, so that the next letter replaces it.
let typed = false;

function address() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(filters)) {
    if (value.trim() && !(name === "sort" && value === "newest")) query.append(name, value.trim());
  }
  return query.size ? `${filters.action}?${query}` : filters.action;
}

// Shows another view; an answer that comes after a newer request was made is not shown.
async function load(url, { entry = "push", quietly = false } = {}) {
  clearTimeout(timer);
  request?.abort();
  const mine = new AbortController();
  request = mine;
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { signal: mine.signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Signed out meanwhile, or away: the browser itself shows what is the matter.
    if (answer.redirected || !page.getElementById("orders")) return location.assign(url);
    if (request !== mine) return;
    if (entry && new URL(url, location.href).href !== location.href) history[`${entry}State`](null, "", url);
    show(page);
    if (!quietly) said.textContent = document.getElementById("summary")?.textContent ?? "";
  } catch {
    if (request === mine) location.assign(url);
  } finally {
    if (request === mine) {
      request = null;
      place.removeAttribute("aria-busy");
    }
  }
}

function show(page) {
  localiseTimes(page);
  const found = document.getElementById("found");
  const focused = found.contains(document.activeElement) ? document.activeElement.id : null;
  for (const id of PARTS) {
    document.getElementById(id).replaceWith(document.importNode(page.getElementById(id), true));
  }
  place.dataset.livePage = page.getElementById("orders").dataset.livePage;
  for (const field of filters.querySelectorAll(".field [name]")) {
    // What is in the search field is newer than the answer while somebody types there.
    if (field !== document.activeElement || field !== words) field.value = page.getElementById(field.id).value;
  }
  if (focused !== null) focusOn(focused);
  document.dispatchEvent(new CustomEvent("orders:shown"));
}

// Where what had the focus is gone, it goes to the beginning of what is shown.
function focusOn(id) {
  const found = document.getElementById("found");
  const same = id && document.getElementById(id);
  if (!same) found.tabIndex = -1;
  (same || found).focus({ preventScroll: true });
}

words.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    load(address(), { entry: typed ? "replace" : "push" });
    typed = true;
  }, TYPING);
});

filters.addEventListener("change", (event) => {
  if (event.target === words) return;
  typed = false;
  load(address());
});

filters.addEventListener("submit", (event) => {
  event.preventDefault();
  load(address(), { entry: typed ? "replace" : "push" });
  typed = false;
});

words.addEventListener("blur", () => { typed = false; });

place.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.hasAttribute("data-dialog") || link.pathname !== location.pathname) return;
  event.preventDefault();
  typed = false;
  words.value = new URL(link.href).searchParams.get("search") ?? "";
  load(link.href);
  if (link.closest(".pages")) scrollTo({ top: 0 });
});

addEventListener("popstate", () => {
  typed = false;
  words.value = new URLSearchParams(location.search).get("search") ?? "";
  load(location.href, { entry: null });
});

// New orders are shown at once where nobody is at work; otherwise a link says that they are there.
function idle() {
  const found = document.getElementById("found");
  return (
    !request &&
    scrollY < 200 &&
    !document.querySelector("dialog[open], #choice :checked, #rows:hover") &&
    !found.contains(document.activeElement) &&
    document.activeElement !== words
  );
}

async function onArrival() {
  const before = new Set([...document.querySelectorAll("#rows tr")].map((row) => row.id));
  await load(document.querySelector("#arrived a").href, { entry: null, quietly: true });
  for (const row of document.querySelectorAll("#rows tr")) row.classList.toggle("changed", !before.has(row.id));
}

new MutationObserver((changes) => {
  for (const { addedNodes, removedNodes } of changes) {
    for (const row of addedNodes) {
      if (row.localName !== "tr") continue;
      if ([...removedNodes].some((old) => old.id === row.id)) row.classList.add("changed");
    }
  }
  if (document.querySelector("#arrived a") && idle()) onArrival();
}).observe(place, { childList: true, subtree: true });

said.className = "hidden";
said.setAttribute("role", "status");
document.body.append(said);
filters.classList.add("by-itself");
