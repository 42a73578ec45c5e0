// The officer's box with a document reader that types: a burst of keys is a scan, wherever the focus is.
const box = document.getElementById("box");
const text = document.getElementById("id_text");

const FAST_MS = 40; // no hand types thirty keys with less than 40 ms between any two
const BURST = 30; // the shortest line of a machine-readable zone
const LINES_NEEDED = new Map([[44, 2], [36, 2], [30, 3]]);

let burst = "";
let last = 0;

function isComplete(value) {
  const lines = value.split(/\s*\n\s*/).filter(Boolean);
  if (!lines.length) return false;
  return lines.length >= (lines[0].includes("<") ? (LINES_NEEDED.get(lines[0].length) ?? 1) : 1);
}

function submit() {
  if (text.value.trim()) box.requestSubmit();
}

function onEnter(event) {
  if (event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (isComplete(text.value)) submit();
  else text.setRangeText("\n", text.selectionStart, text.selectionEnd, "end");
}

function collect(event) {
  const now = performance.now();
  if (now - last > FAST_MS * 3) burst = "";
  last = now;
  if (event.key === "Enter") {
    if (burst.length >= BURST) {
      burst += "\n";
      text.value = burst.trim();
      event.preventDefault();
      if (isComplete(burst)) {
        burst = "";
        submit();
      }
    }
    return;
  }
  if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) burst += event.key;
}

// A reader must never press a shortcut: inside a burst the page's own keys are deaf.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.target === text) {
      if (event.key === "Enter") onEnter(event);
      return;
    }
    if (event.target.closest("input, select, textarea")) return;
    collect(event);
    if (burst.length > 2) event.stopPropagation();
  },
  { capture: true },
);

const SOUNDS = {
  HIT: [[880, 0.18], [660, 0.18], [880, 0.3]],
  POSSIBLE: [[660, 0.2], [740, 0.3]],
  NO_RECORD: [[392, 0.12]],
  INCOMPLETE: [[330, 0.15], [247, 0.35]],
};

function sound(state) {
  if (document.documentElement.dataset.sound !== "on" || !SOUNDS[state]) return;
  const context = new AudioContext();
  let at = context.currentTime;
  for (const [pitch, length] of SOUNDS[state]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    volume.gain.value = 0.15;
    tone.frequency.value = pitch;
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    at += length;
    tone.stop(at - 0.03);
  }
  setTimeout(() => context.close(), 2000);
}

function show() {
  const answer = document.getElementById("answer");
  const state = answer?.dataset.state;
  if (!answer || !answer.textContent.trim()) return;
  answer.scrollIntoView({ block: "nearest" });
  if (state) {
    text.select();
    sound(answer.dataset.finding === "HIT" ? "HIT" : state);
  }
}

document.addEventListener("htmx:after:swap", show);
show();
