// Keeps the page of a bulk change up to date until it is over: asks for the page again and shows what is new.
import { localiseTimes } from "../page.js";

const OFTEN = 1_500;
const PATIENT = 15_000;
let pause = OFTEN;

// What changed inside an element is taken over piece by piece, so that the bar moves and the focus stays.
function take(shown, fresh) {
  if (shown.isEqualNode(fresh)) return;
  const alike = shown.nodeName === fresh.nodeName && shown.childNodes.length === fresh.childNodes.length;
  if (!alike || shown.nodeType !== Node.ELEMENT_NODE) {
    if (shown.contains?.(document.activeElement) && document.activeElement !== document.body) focusInstead(shown, fresh);
    else shown.replaceWith(fresh);
    return;
  }
  for (const { name, value } of [...fresh.attributes]) if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  for (const { name } of [...shown.attributes]) if (!fresh.hasAttribute(name)) shown.removeAttribute(name);
  const pairs = [...fresh.childNodes].map((child, at) => [shown.childNodes[at], child]);
  for (const [before, after] of pairs) take(before, after);
}

function focusInstead(shown, fresh) {
  const address = document.activeElement.closest("form")?.action ?? document.activeElement.getAttribute("href");
  shown.replaceWith(fresh);
  const same = [...fresh.querySelectorAll("a[href], form button")].find(
    (each) => (each.closest("form")?.action ?? each.getAttribute("href")) === address,
  );
  if (!same) fresh.tabIndex = -1;
  (same ?? fresh).focus({ preventScroll: true });
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected || (answer.status >= 400 && answer.status < 500)) return false;
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  localiseTimes(page);
  for (const id of ["progress", "results"]) {
    const shown = document.getElementById(id);
    const fresh = page.getElementById(id);
    // A form on its way, and a list that somebody made longer, stay as they are.
    if (!shown || !fresh || shown.querySelector("form[data-sent]")) continue;
    if (id === "results" && shown.querySelectorAll("tbody tr").length > fresh.querySelectorAll("tbody tr").length) continue;
    take(shown, document.importNode(fresh, true));
  }
  return document.getElementById("progress")?.dataset.progress === "open";
}

async function follow() {
  if (document.hidden) return setTimeout(follow, OFTEN);
  try {
    if (!(await refresh())) return null;
    pause = OFTEN;
  } catch {
    // Away for a moment.
    pause = Math.min(pause * 2, PATIENT);
  }
  return setTimeout(follow, pause);
}

setTimeout(follow, pause);
