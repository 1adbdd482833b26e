// A chart's values, by pointer and by arrow keys: one slider over each plot that reads the rows of the chart's table.
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 7, PageDown: -7 };

function read(row, heads) {
  const [days, ...values] = [...row.cells].map((cell) => cell.textContent.trim().replace(/\s+/g, " "));
  return `${days}: ${values.map((value, column) => `${heads[column + 1]} ${value}`).join(", ")}`;
}

function install(plot) {
  const table = document.getElementById(plot.dataset.chart);
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const texts = [...table.tBodies[0].rows].map((row) => read(row, heads));
  const places = [...plot.querySelectorAll(".place")];
  const slider = document.createElement("div");
  const readout = document.createElement("p");
  let now = texts.length - 1;

  slider.className = "slider";
  slider.tabIndex = 0;
  slider.role = "slider";
  slider.ariaLabel = plot.dataset.label;
  slider.ariaValueMin = "1";
  slider.ariaValueMax = String(texts.length);
  readout.className = "readout";
  readout.ariaHidden = "true";

  function choose(place) {
    places[now].classList.remove("on");
    now = Math.max(0, Math.min(texts.length - 1, place));
    slider.ariaValueNow = String(now + 1);
    slider.ariaValueText = texts[now];
    readout.textContent = texts[now];
  }

  function show(place) {
    choose(place);
    places[now].classList.add("on");
    readout.hidden = false;
  }

  function hide() {
    places[now].classList.remove("on");
    readout.hidden = true;
  }

  function under(event) {
    const { left, width } = slider.getBoundingClientRect();
    return Math.floor(((event.clientX - left) / width) * texts.length);
  }

  slider.addEventListener("keydown", (event) => {
    const wanted = { Home: 0, End: texts.length - 1 }[event.key] ?? now + (STEPS[event.key] ?? NaN);
    if (Number.isNaN(wanted)) return;
    event.preventDefault();
    show(wanted);
  });
  slider.addEventListener("pointermove", (event) => show(under(event)));
  slider.addEventListener("pointerdown", (event) => show(under(event)));
  slider.addEventListener("pointerleave", () => { if (document.activeElement !== slider) hide(); });
  slider.addEventListener("focus", () => show(now));
  slider.addEventListener("blur", hide);
  choose(now);
  hide();
  plot.append(slider, readout);
}

for (const plot of document.querySelectorAll("[data-chart]")) install(plot);
