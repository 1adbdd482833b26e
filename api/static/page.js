// What every page does: times in the visitor's zone, and forms that send themselves.
const FORMATS = {
  day: { dateStyle: "medium" },
  moment: { dateStyle: "medium", timeStyle: "short" },
  time: { timeStyle: "short" },
};

// Dates are written by the server in UTC; here they become the visitor's own.
export function localiseTimes(root) {
  for (const time of root.querySelectorAll("time[data-format]")) {
    const language = document.documentElement.dataset.locale ?? navigator.language;
    time.textContent = new Intl.DateTimeFormat(language, FORMATS[time.dataset.format]).format(new Date(time.dateTime));
  }
}

function sendOnChange(root) {
  for (const form of root.querySelectorAll("form[data-submit-on-change]")) {
    form.querySelector("button").hidden = true;
    form.addEventListener("change", () => form.requestSubmit());
  }
}

// A double click sends a form once.
function sendOnce(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "true";
    form.setAttribute("aria-busy", "true");
  });
  // A page that comes back out of the browser's history can be used again.
  addEventListener("pageshow", () => {
    for (const form of document.forms) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
  });
}

localiseTimes(document);
sendOnChange(document);
sendOnce(document);
