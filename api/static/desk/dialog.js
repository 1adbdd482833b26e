// Links with `data-dialog` open the page that they lead to in a dialog: what is shown of it is `#dialog`.
//
// A form in it is sent by script. An answer that leads elsewhere was a success: the dialog closes and the page
// below shows what has changed. Any other answer is a page whose `#dialog` says why not. A link with `data-close`
// only closes.
import { refreshPage } from "../live.js";
import { localiseTimes } from "../page.js";

const FIELDS = "input:not([type=hidden]), select, textarea, button, a";
const shown = document.createElement("dialog");
shown.className = "dialog";
shown.setAttribute("aria-labelledby", "dialog-title");
let opener = null;
let busy = false;

async function open(link) {
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    if (!show(await parsed(answer))) return location.assign(link.href);
    if (shown.open) return focusFirst();
    opener = link.getAttribute("href");
    shown.showModal();
    focusFirst();
  } catch {
    // The page itself says what is the matter.
    location.assign(link.href);
  } finally {
    link.removeAttribute("aria-busy");
  }
}

async function parsed(answer) {
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function show(page) {
  const part = page.getElementById("dialog");
  if (!part) return false;
  localiseTimes(page);
  const fresh = document.importNode(part, true);
  // The page below has its main heading already.
  const title = document.createElement("h2");
  title.id = "dialog-title";
  title.append(...fresh.querySelector("h1").childNodes);
  fresh.querySelector("h1").replaceWith(title);
  shown.replaceChildren(fresh);
  document.dispatchEvent(new CustomEvent("dialog:shown", { detail: shown }));
  return true;
}

// What was refused is read first; otherwise one begins with the first field.
function focusFirst() {
  const said = shown.querySelector("#dialog-said .alert");
  if (said) {
    said.tabIndex = -1;
    said.focus();
    return;
  }
  [...shown.querySelectorAll(FIELDS)].find((each) => each.checkVisibility() && (each.type !== "radio" || each.checked))?.focus();
}

async function send(form, submitter) {
  if (busy) return;
  busy = true;
  form.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const answer = await fetch(submitter?.getAttribute("formaction") ?? form.action, { method: "POST", body });
    if (answer.redirected) return done(new URL(answer.url));
    const page = await parsed(answer);
    if (show(page)) focusFirst();
    else say(refusal(answer, page));
  } catch {
    say(lost());
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
  }
}

// A page with something to say is gone to; otherwise the one below is enough.
function done(address) {
  if (address.search) return location.assign(address);
  shown.close();
  refreshPage();
}

// An answer that is no form of ours says in its own words what is the matter.
function refusal(answer, page) {
  const words = page.querySelector("main h1 ~ p")?.textContent.trim();
  return answer.status < 500 && words ? words : lost();
}

function lost() {
  return shown.querySelector("#dialog").dataset.lost;
}

function say(words) {
  const alert = document.createElement("div");
  alert.className = "alert bad";
  alert.setAttribute("role", "alert");
  alert.textContent = words;
  shown.querySelector("#dialog-said").replaceChildren(alert);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog], a[data-close]");
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.hasAttribute("data-close")) {
    if (!shown.contains(link)) return;
    event.preventDefault();
    shown.close();
    return;
  }
  event.preventDefault();
  if (!link.hasAttribute("aria-busy")) open(link);
});

shown.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target, event.submitter);
});

// While it was open, the page below may have got another link in the place of the one that opened it, or none.
shown.addEventListener("close", () => {
  shown.replaceChildren();
  if (document.activeElement !== document.body || !opener) return;
  const link = document.querySelector(`a[href="${CSS.escape(opener)}"]`) ?? document.querySelector("main a[data-dialog]");
  (link ?? document.querySelector("main")).focus({ preventScroll: true });
});

document.body.append(shown);
