// What every page does: times in the visitor's zone, and forms that send themselves.
const FORMATS = {
  day: { dateStyle: "medium" },
  moment: { dateStyle: "medium", timeStyle: "short" },
  time: { timeStyle: "short" },
  brief: { day: "numeric", hour: "numeric", minute: "2-digit", month: "short" },
};

// In a list of this year's moments the year would be said in every row.
function formatOf(kind, moment) {
  const past = kind === "brief" && moment.getFullYear() !== new Date().getFullYear();
  return FORMATS[past ? "moment" : kind];
}

// Dates are written by the server in UTC; here they become the visitor's own.
export function localiseTimes(root) {
  for (const time of root.querySelectorAll("time[data-format]")) {
    const language = document.documentElement.dataset.locale ?? navigator.language;
    const moment = new Date(time.dateTime);
    time.textContent = new Intl.DateTimeFormat(language, formatOf(time.dataset.format, moment)).format(moment);
  }
}

function sendOnChange(root) {
  for (const form of root.querySelectorAll("form[data-submit-on-change]")) {
    form.querySelector("button").hidden = true;
    form.addEventListener("change", () => form.requestSubmit());
  }
}

// A double click sends a form once. Where a file may answer (`data-file`) the page can stay as it is, and its
// form has to be ready to be sent again.
function sendOnce(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "file" in form.dataset) return;
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
