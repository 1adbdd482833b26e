// Keeps a page up to date: on an event it fetches the page again and replaces what is marked `data-live`.
//
// The element with `data-live-url` names the stream of events, the page to fetch (`data-live-page`), whether
// nothing more is to come (`data-live-final`), and the word for a lost connection (`data-reconnecting`). It may
// say which kinds of events matter (`data-live-kinds`) and how many milliseconds lie between two fetches, however
// much happens (`data-live-pause`). Of what carries `data-live-say` a new text is announced. Every `data-live`
// element has an id, and so has a checkbox in it that stays as it is (`data-live-keep`).
import { localiseTimes } from "./page.js";

const POLL = 30_000;
const PATIENCE = 3_000;
const TYPED = "input:not([type=hidden], [data-live-keep]), textarea, select";

const place = document.querySelector("[data-live-url]");
const kinds = (place?.dataset.liveKinds ?? "order message reset").split(" ");
const pause = Number(place?.dataset.livePause ?? 0);
const note = document.createElement("p");
const said = document.createElement("p");
let stream = null;
let poll = null;
let lost = null;
let updating = false;
let wanted = false;
let left = false;
let over = place?.dataset.liveFinal === "true";
// The stream is tried again after 1, 2, 4 … polls, as long as the server does not have it.
let polls = 0;
let nextTry = 1;

function connect() {
  if (over || stream || document.hidden) return;
  stream = new EventSource(place.dataset.liveUrl);
  stream.onopen = () => {
    connected();
    nextTry = 1;
    clearInterval(poll);
    poll = null;
  };
  stream.onerror = () => {
    if (stream.readyState !== EventSource.CLOSED) return disconnected();
    // Answered with something else than a stream: the browser does not try again by itself.
    disconnect();
    pollInstead();
  };
  for (const kind of kinds) stream.addEventListener(kind, update);
}

function disconnect() {
  stream?.close();
  stream = null;
}

function pollInstead() {
  poll ??= setInterval(() => {
    if (document.hidden) return;
    update();
    polls += 1;
    if (polls < nextTry) return;
    polls = 0;
    nextTry = Math.min(nextTry * 2, 16);
    connect();
  }, POLL);
}

function disconnected() {
  lost ??= setTimeout(() => { note.hidden = false; }, PATIENCE);
}

function connected() {
  clearTimeout(lost);
  lost = null;
  note.hidden = true;
}

function stop() {
  over = true;
  disconnect();
  clearInterval(poll);
  connected();
}

// One fetch at a time; what happens during one is shown by another one after it.
async function update() {
  wanted = true;
  if (updating) return;
  updating = true;
  try {
    while (wanted) {
      wanted = false;
      await refresh();
      if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
    }
    if (!stream) connected();
  } catch {
    // Away for a moment: the next event, poll or look at the page tries again.
    disconnected();
  } finally {
    updating = false;
  }
}

async function refresh() {
  const asked = place.dataset.livePage;
  const answer = await fetch(asked, { headers: { Accept: "text/html" } });
  // Signed out meanwhile, or the order is not theirs any more: what is shown stays, and nothing follows.
  if (answer.redirected || (answer.status >= 400 && answer.status < 500)) return stop();
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-live-url]");
  if (!fresh) return stop();
  // Meanwhile another script shows something else here.
  if (place.dataset.livePage !== asked) return void (wanted = true);
  localiseTimes(page);
  const before = spoken(document);
  left = [...page.querySelectorAll("[data-live][id]")].map(replace).includes(false);
  const now = spoken(document);
  if (now !== before) said.textContent = now;
  if (fresh.dataset.liveFinal === "true" && !left) stop();
}

function spoken(root) {
  return [...root.querySelectorAll("[data-live-say]")].map((part) => part.textContent.trim()).join(" ");
}

// Whether the element shows what is fresh; one that somebody types into is left for later.
function replace(fresh) {
  const shown = document.getElementById(fresh.id);
  if (!shown?.hasAttribute("data-live") || comparable(shown) === comparable(fresh)) return true;
  if (inUse(shown)) return false;
  const focus = pathTo(shown, document.activeElement);
  const open = new Set([...shown.querySelectorAll("details[open][id]")].map((details) => details.id));
  const kept = new Map([...shown.querySelectorAll("[data-live-keep]")].map((box) => [box.id, box.checked]));
  const part = document.importNode(fresh, true);
  for (const box of part.querySelectorAll("[data-live-keep]")) box.checked = kept.get(box.id) ?? box.checked;
  for (const details of part.querySelectorAll("details[id]")) details.open ||= open.has(details.id);
  shown.replaceWith(part);
  if (focus) focusOn(part, focus);
  return true;
}

// The element's HTML without what this browser did to it.
function comparable(element) {
  const copy = element.cloneNode(true);
  for (const part of [copy, ...copy.querySelectorAll("*")]) {
    if (part.localName === "details") part.removeAttribute("open");
    part.removeAttribute("aria-busy");
    part.removeAttribute("data-sent");
  }
  return copy.innerHTML;
}

function inUse(element) {
  if (element.contains(document.activeElement) && document.activeElement.matches(TYPED)) return true;
  if (element.querySelector("form[data-sent]")) return true;
  return [...element.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => field.value !== field.defaultValue);
}

// How to find an element again in another version of its part: by its id, its target, or its kind.
function pathTo(root, element) {
  if (!root.contains(element)) return null;
  if (element.id) return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute("href");
  return href ? `a[href="${CSS.escape(href)}"]` : element.localName;
}

// Where it is gone, the focus goes to the part that took its place rather than to the page's beginning.
function focusOn(part, path) {
  const found = part.matches(path) ? part : part.querySelector(path);
  if (!found) part.tabIndex = -1;
  (found ?? part).focus({ preventScroll: true });
}

function start() {
  note.className = "live-note";
  note.textContent = place.dataset.reconnecting;
  note.setAttribute("role", "status");
  note.hidden = true;
  said.className = "hidden";
  said.setAttribute("role", "status");
  document.body.append(said, note);
  // What was left while somebody typed is shown when they are done.
  place.addEventListener("focusout", () => setTimeout(() => { if (left && !over) update(); }));
  document.addEventListener("visibilitychange", () => {
    // A tab that nobody sees needs no connection, of which a browser has few for one site.
    if (document.hidden) return disconnect();
    if (over) return;
    update();
    if (!poll) connect();
  });
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => {
    if (!event.persisted || over) return;
    update();
    connect();
  });
  connect();
}

// For scripts that changed something themselves; a page that does not follow anything is loaded anew.
export function refreshPage() {
  if (place && !over) update();
  else location.reload();
}

if (place && !over) start();
