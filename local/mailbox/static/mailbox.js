// Local times, live refresh of the list, and "Delete all"; the pages work without it.

const REFRESH_MILLISECONDS = 2000;
const timeToday = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const timeBefore = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function showLocalTimes(root) {
  for (const element of root.querySelectorAll("time")) {
    const time = new Date(element.dateTime);
    const today = element.closest(".messages") && time.toDateString() === new Date().toDateString();
    element.textContent = (today ? timeToday : timeBefore).format(time);
    element.title = element.dateTime;
  }
}

let tag = null;

async function refresh(list) {
  const headers = tag ? { "If-None-Match": tag } : {};
  const response = await fetch(location.href, { headers, cache: "no-store" });
  if (response.status !== 200) return;
  tag = response.headers.get("ETag");
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById(list.id);
  showLocalTimes(fresh);
  if (fresh.innerHTML === list.innerHTML) return;
  const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  list.replaceChildren(...fresh.childNodes);
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

async function keepFresh(list) {
  if (!document.hidden) {
    try {
      await refresh(list);
    } catch {
      // The mailbox is restarting: the next round finds it again.
    }
  }
  setTimeout(keepFresh, REFRESH_MILLISECONDS, list);
}

function offerDeletion(button, dialog, list) {
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", async () => {
    if (dialog.returnValue !== "delete") return;
    dialog.returnValue = "";
    await fetch("/api/messages", { method: "DELETE" });
    await refresh(list);
  });
}

showLocalTimes(document);
const list = document.querySelector("[data-refresh]");
if (list) {
  offerDeletion(document.getElementById("delete"), document.getElementById("delete-dialog"), list);
  setTimeout(keepFresh, REFRESH_MILLISECONDS, list);
}
