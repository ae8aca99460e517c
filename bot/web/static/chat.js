// What the chat page does beyond htmx: keep the newest message in view, close old choices, send with Enter.
"use strict";

const log = document.getElementById("log");
const latest = document.getElementById("latest");
const status_ = document.getElementById("status");
const composer = document.getElementById("composer");
const text = document.getElementById("text");
const fresh = document.getElementById("new");

const newId = () => (crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`);
const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
const toEnd = () => {
  log.scrollTop = log.scrollHeight;
  // Only on a screen so low that the page itself scrolls.
  window.scrollTo(0, document.documentElement.scrollHeight);
  fresh.hidden = true;
};
// A message of the coach's that is taller than the log is shown from its beginning: what explains its choices stands there.
const toNewest = () => {
  toEnd();
  const newest = [...log.querySelectorAll(".entry")].pop();
  if (newest?.classList.contains("entry--coach") && newest.offsetHeight > log.clientHeight) {
    log.scrollTop = newest.offsetTop - log.offsetTop;
  }
  placed = log.scrollTop;
};
// On a touch screen the focus would open the keyboard over the conversation.
const toText = () => (matchMedia("(pointer: coarse)").matches ? log : text).focus({ preventScroll: true });
let follows = true;
// Where the newest message was put into view; whoever scrolls away from there is left alone.
let placed = 0;
// Whoever has just sent something from here wants to see what comes, wherever they had scrolled to.
let hasSent = false;
let connection = "";
// What went wrong on this side stays to be read; the server's word on whether the coach is at work waits.
let trouble = "";
const tell = (words) => { trouble = words; status_.textContent = words; };
// What was tapped in a form of choices, until its message is answered.
const tapped = new WeakMap();

const paragraph = (name, words) => {
  const made = document.createElement("p");
  made.className = name;
  made.append(words);
  return made;
};

const close = (choices) => {
  if (tapped.has(choices)) {
    choices.replaceWith(paragraph("entry__chosen", log.dataset.chosen.replace("{label}", tapped.get(choices))));
  } else {
    choices.remove();
  }
};

const closeOldChoices = () => {
  const entries = [...log.querySelectorAll(".entry")];
  const lastFromCoach = entries.filter((entry) => entry.classList.contains("entry--coach")).pop();
  for (const entry of entries) {
    const choices = entry.querySelector(".entry__choices");
    if (choices && entry !== lastFromCoach && (!entry.hasAttribute("data-stays-open") || tapped.has(choices))) { close(choices); }
  }
};

const divideDays = () => {
  const [before, last] = [...log.querySelectorAll(".entry")].slice(-2);
  if (last && before.dataset.day !== last.dataset.day) {
    const day = document.createElement("span");
    day.textContent = last.dataset.day;
    last.before(paragraph("day", day));
  }
};

document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
  if (event.target === status_ && trouble) { event.preventDefault(); }
  if (event.target !== log) { return; }
  follows = hasSent || isAtEnd();
  // After a lost connection the server repeats what this page was shown since it was loaded.
  const id = /id="(m-?\d+)"/.exec(event.detail.data)?.[1];
  if (id && document.getElementById(id)) { event.preventDefault(); }
});
document.body.addEventListener("htmx:sseMessage", (event) => {
  if (event.target !== log) { return; }
  log.append(latest);
  divideDays();
  closeOldChoices();
  hasSent = false;
  if (follows) { toNewest(); } else { fresh.hidden = false; }
});
document.body.addEventListener("htmx:sseError", () => {
  if (connection !== "lost") { tell(status_.dataset.lost); }
  connection = "lost";
});
document.body.addEventListener("htmx:sseOpen", () => {
  if (connection === "lost") { tell(""); }
  connection = "open";
});

document.body.addEventListener("submit", (event) => {
  if (event.submitter?.name === "choice") { tapped.set(event.target, event.submitter.textContent); }
}, true);
// Only `requestConfig.elt` is always the form: once it is gone, htmx sends its events to whatever still stands around it.
document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  hasSent = true;
  tell("");
  status_.textContent = status_.dataset.thinking;
  for (const button of detail.requestConfig.elt.querySelectorAll("button")) { button.disabled = true; }
});
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt;
  for (const button of form.querySelectorAll("button")) { button.disabled = false; }
  if (!detail.successful) {
    tell(detail.xhr.status === 401 ? status_.dataset.signedOut : status_.dataset.notSent);
    tapped.delete(form);
    hasSent = false;
  } else if (form === composer) {
    // Only what was sent is cleared: words typed meanwhile stay.
    if (text.value === detail.requestConfig.formData.get("text")) { text.value = ""; grow(); }
    composer.elements.event_id.value = newId();
    toNewest();
  } else if (form.isConnected) {
    close(form);
  }
  toText();
});

const grow = () => { text.style.setProperty("height", "auto"); text.style.setProperty("height", `${Math.min(text.scrollHeight + 4, 200)}px`); };
text.addEventListener("input", grow);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (text.value.trim() && !composer.querySelector("button").disabled) { composer.requestSubmit(); }
  }
});
log.addEventListener("scroll", () => {
  follows = isAtEnd() || log.scrollTop === placed;
  if (isAtEnd()) { fresh.hidden = true; }
});
fresh.addEventListener("click", () => { toNewest(); toText(); });
// That Enter sends is true from here on: htmx has seen to the forms by then.
document.addEventListener("DOMContentLoaded", () => { document.getElementById("hint").hidden = false; });
toNewest();
toText();
window.addEventListener("resize", () => {
  if (log.scrollTop === placed) { toNewest(); } else if (follows) { toEnd(); }
});
