// The time that is left to pay, second by second; when it is over, the page shows what became of the order.
// `data-left` is seconds by the server's clock: the visitor's may be wrong, also by days.
import { text } from "../texts.js";

export function countDown(place) {
  if (!place) return;
  const until = Date.now() + Number(place.dataset.left) * 1000;
  const shown = document.createElement("span");
  shown.className = "left";
  shown.setAttribute("role", "timer");
  shown.setAttribute("aria-live", "off");
  place.append(" ", shown);

  const tick = () => {
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor((left % 3600) / 60), left % 60];
    const clock = [hours, minutes, seconds].map((part) => String(part).padStart(2, "0"));
    shown.textContent = text("left", { time: (hours ? clock : clock.slice(1)).join(":") });
    place.classList.toggle("soon", left < 300);
    if (left === 0) {
      clearInterval(timer);
      // The workflow closes the window a moment after it ends.
      setTimeout(() => location.reload(), 3000);
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
}
