// What an open page does by itself: clocks go on, menus close, single keys lead through lists.
const root = document.documentElement;
const language = root.lang || "en";
const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });

const UNITS = [
  ["day", 86400, 2 * 86400],
  ["hour", 3600, 3600],
  ["minute", 60, 60],
  ["second", 1, 0],
];

function unitOf(seconds) {
  const [unit, size] = UNITS.find(([, , from]) => seconds >= from);
  return [unit, Math.floor(seconds / size)];
}

function spanText(seconds) {
  const [unit, number] = unitOf(seconds);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(number);
}

function tick() {
  const now = Date.now();
  for (const element of document.querySelectorAll("[data-ago]")) {
    const seconds = Math.max(0, (now - Date.parse(element.dateTime)) / 1000);
    if (seconds >= 60) {
      const [unit, number] = unitOf(seconds);
      element.textContent = relative.format(-number, unit);
    }
  }
  for (const element of document.querySelectorAll("[data-due]")) {
    const left = (Date.parse(element.dataset.due) - now) / 1000;
    element.classList.toggle("is-late", left < 0);
    element.querySelector("[data-label-left]").hidden = left < 0;
    element.querySelector("[data-label-late]").hidden = left >= 0;
    element.querySelector("[data-span]").textContent = spanText(Math.abs(left));
  }
}

function links() {
  return [...document.querySelectorAll("[data-list] a[href]:first-of-type")].filter((a) => a.offsetParent);
}

function move(step) {
  const all = links();
  if (!all.length) return;
  const focused = document.activeElement.closest?.("[data-list] > *");
  const chosen = focused ?? document.querySelector("[data-list] .is-chosen");
  const at = all.findIndex((link) => chosen?.contains(link));
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
}

function focusOn(selector) {
  const element = document.querySelector(selector);
  element?.focus();
  element?.scrollIntoView({ block: "center" });
  return Boolean(element);
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  r: () => focusOn("[data-reply]"),
  c: () => document.querySelector("[data-key='c']")?.click(),
  "?": () => document.getElementById("help")?.showModal(),
  "/": () => {
    if (!focusOn("#id_text:not([data-reply])")) document.querySelector("[data-go='s']")?.click();
  },
};

let going = -Infinity;

function pressed(event) {
  if (root.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
  if (performance.now() - going < 1500) {
    going = -Infinity;
    const place = document.querySelector(`[data-go='${CSS.escape(event.key)}']`);
    if (place) {
      event.preventDefault();
      place.click();
    }
    return;
  }
  if (event.key === "g") {
    going = performance.now();
    return;
  }
  const act = KEYS[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
}

document.addEventListener("keydown", (event) => {
  const open = document.querySelector(".menu[open]");
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
    return;
  }
  pressed(event);
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("htmx:after:swap", tick);
setInterval(tick, 10000);
tick();
document.getElementById("problems")?.focus();
