// What the chat page does beyond htmx: keep the newest message in view, close old choices, send with Enter.
"use strict";

const log = document.getElementById("log");
const status_ = document.getElementById("status");
const composer = document.getElementById("composer");
const text = document.getElementById("text");
const fresh = document.getElementById("new");

const newId = () => (crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`);
const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
const toEnd = () => { log.scrollTop = log.scrollHeight; fresh.hidden = true; };
let follows = true;

const closeOldChoices = () => {
  const entries = [...log.querySelectorAll(".entry")];
  const lastFromCoach = entries.filter((entry) => entry.classList.contains("entry--coach")).pop();
  for (const entry of entries) {
    if (entry !== lastFromCoach && !entry.hasAttribute("data-stays-open")) {
      entry.querySelector(".entry__choices")?.remove();
    }
  }
};

document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
  follows = isAtEnd();
  // After a lost connection the server repeats nothing, but two tabs of one page might.
  const id = /id="(m-?\d+)"/.exec(event.detail.data)?.[1];
  if (id && document.getElementById(id)) { event.preventDefault(); }
});
document.body.addEventListener("htmx:sseMessage", (event) => {
  status_.textContent = event.detail.data.includes("entry--coach") ? "" : status_.dataset.thinking;
  closeOldChoices();
  if (follows) { toEnd(); } else { fresh.hidden = false; }
});
document.body.addEventListener("htmx:sseError", () => { status_.textContent = status_.dataset.lost; });
document.body.addEventListener("htmx:sseOpen", () => {
  if (status_.textContent === status_.dataset.lost) { status_.textContent = ""; }
});

document.body.addEventListener("htmx:beforeRequest", (event) => {
  status_.textContent = status_.dataset.thinking;
  for (const button of event.target.querySelectorAll("button")) { button.disabled = true; }
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  for (const button of event.target.querySelectorAll("button")) { button.disabled = false; }
  if (!event.detail.successful) { status_.textContent = status_.dataset.lost; return; }
  if (event.target === composer) {
    // Only what was sent is cleared: words typed meanwhile stay.
    if (text.value === event.detail.requestConfig.formData.get("text")) { text.value = ""; grow(); }
    composer.elements.event_id.value = newId();
  } else {
    event.target.remove();
  }
  text.focus();
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
fresh.addEventListener("click", () => { toEnd(); text.focus(); });
toEnd();
text.focus({ preventScroll: true });
