// Choosing orders of the table: some, all on the page, or all that match.
import { text } from "../texts.js";

const place = document.getElementById("orders");
let everything = false;
let last = null;

const part = (id) => document.getElementById(id);
const boxes = () => [...document.querySelectorAll("#rows [name=order_id]")];

function tell() {
  const bar = part("choosing");
  if (!bar) return;
  const all = boxes();
  const chosen = all.filter((box) => box.checked);
  const whole = all.length > 0 && chosen.length === all.length;
  if (!whole) everything = false;
  for (const box of all) box.closest("tr").classList.toggle("chosen", box.checked);
  part("pick-all").hidden = false;
  part("pick-all").checked = whole;
  part("pick-all").indeterminate = chosen.length > 0 && !whole;
  bar.hidden = chosen.length === 0;
  part("chosen").hidden = false;
  part("chosen").textContent = everything
    ? text("everything", { number: bar.dataset.matching })
    : text("chosen", { number: chosen.length });
  part("change-chosen").hidden = everything;
  part("change-everything").hidden = !everything;
  part("pick-page").hidden = whole;
  part("pick-everything").hidden = everything || !whole || !("more" in bar.dataset);
  part("pick-none").hidden = false;
}

function pick(wanted) {
  for (const box of boxes()) box.checked = wanted;
  tell();
}

place.addEventListener("change", (event) => {
  if (event.target.id === "pick-all") return pick(event.target.checked);
  if (event.target.name !== "order_id") return;
  everything = false;
  tell();
});

// With the shift key, everything from the last one that was clicked.
place.addEventListener("click", (event) => {
  if (event.target.name === "order_id") {
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const box of all.slice(from, to)) box.checked = event.target.checked;
    last = event.target;
    return tell();
  }
  const id = event.target.closest("button")?.id;
  if (id === "pick-page") pick(true);
  if (id === "pick-none") pick(false);
  if (id === "pick-everything") {
    everything = true;
    tell();
    part("change-everything").focus();
  }
  if (id === "pick-none") part("pick-all").focus();
});

document.addEventListener("orders:shown", () => {
  everything = false;
  last = null;
  tell();
});
// A row that changed by itself is a new one.
new MutationObserver((changes) => {
  if (changes.some(({ target }) => target.id === "rows")) tell();
}).observe(place, { childList: true, subtree: true });
tell();
