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
// On a touch screen the focus would open the keyboard over the conversation.
const toText = () => (matchMedia("(pointer: coarse)").matches ? log : text).focus({ preventScroll: true });
let follows = true;
let connection = "";
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
  if (event.target !== log) { return; }
  follows = isAtEnd();
  // After a lost connection the server repeats what this page was shown since it was loaded.
  const id = /id="(m-?\d+)"/.exec(event.detail.data)?.[1];
  if (id && document.getElementById(id)) { event.preventDefault(); }
});
document.body.addEventListener("htmx:sseMessage", (event) => {
  if (event.target !== log) { return; }
  log.append(latest);
  divideDays();
  closeOldChoices();
  if (follows) { toEnd(); } else { fresh.hidden = false; }
});
document.body.addEventListener("htmx:sseError", () => {
  if (connection !== "lost") { status_.textContent = status_.dataset.lost; }
  connection = "lost";
});
document.body.addEventListener("htmx:sseOpen", () => {
  if (connection === "lost") { status_.textContent = ""; }
  connection = "open";
});

document.body.addEventListener("submit", (event) => {
  if (event.submitter?.name === "choice") { tapped.set(event.target, event.submitter.textContent); }
}, true);
// Only `requestConfig.elt` is always the form: once it is gone, htmx sends its events to whatever still stands around it.
document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  status_.textContent = status_.dataset.thinking;
  for (const button of detail.requestConfig.elt.querySelectorAll("button")) { button.disabled = true; }
});
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt;
  for (const button of form.querySelectorAll("button")) { button.disabled = false; }
  if (!detail.successful) {
    status_.textContent = detail.xhr.status === 401 ? status_.dataset.signedOut : status_.dataset.notSent;
    tapped.delete(form);
  } else if (form === composer) {
    // Only what was sent is cleared: words typed meanwhile stay.
    if (text.value === detail.requestConfig.formData.get("text")) { text.value = ""; grow(); }
    composer.elements.event_id.value = newId();
    toEnd();
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
log.addEventListener("scroll", () => { if (isAtEnd()) { fresh.hidden = true; } });
fresh.addEventListener("click", () => { toEnd(); toText(); });
// That Enter sends is true from here on: htmx has seen to the forms by then.
document.addEventListener("DOMContentLoaded", () => { document.getElementById("hint").hidden = false; });
toEnd();
toText();
window.addEventListener("resize", () => { if (follows) { toEnd(); } });
