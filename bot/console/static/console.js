// Small comforts; every page works without them.
"use strict";

// A second press of a button that has been pressed does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button").forEach((button) => { button.disabled = false; });
  });
});

// Words that were typed and not sent: ask before they are lost.
let typed = false;
document.addEventListener("input", (event) => { if (event.target.closest("form[method=post] textarea")) typed = true; });
document.addEventListener("submit", () => { typed = false; });
addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });

// A link that is shown once is easily copied.
document.querySelectorAll("input.link").forEach((input) => input.addEventListener("focus", () => input.select()));
