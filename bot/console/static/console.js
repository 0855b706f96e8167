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
const unsent = document.querySelector("form[data-unsent]");
let typed = Boolean(unsent);
document.addEventListener("input", (event) => { if (event.target.closest("form[method=post] textarea")) typed = true; });
document.addEventListener("submit", () => { typed = false; });
addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });

// A form that was sent when the session had ended: kept in this tab alone, for the same person, offered once on the same
// page, then gone. Never one with a secret.
const who = document.querySelector(".who bdi")?.textContent || "";
const here = "words:" + location.pathname;
const writable = "textarea[name], select[name], input[name]:not([type=hidden]):not([type=file]):not([type=submit])";
const boxesOf = (form) => form.querySelector("[type=password]") ? [] : [...form.querySelectorAll(writable)];
const ticked = (box) => box.type === "radio" || box.type === "checkbox";
const forget = () => Object.keys(sessionStorage).filter((key) => key.startsWith("words:")).forEach((key) => sessionStorage.removeItem(key));
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.action.endsWith("/sign-out")) { forget(); return; }
  const boxes = boxesOf(event.target);
  if (boxes.some((box) => !ticked(box) && box.type !== "select-one" && box.value.trim())) {
    const words = boxes.map((box) => [box.name, box.value, ticked(box) ? box.checked : null]);
    sessionStorage.setItem(here, JSON.stringify({ who, words }));
  }
});
if (document.querySelector(".flash-good, .flash-again")) forget();
const last = who && !unsent ? JSON.parse(sessionStorage.getItem(here) || "null") : null;
const boxes = [...document.querySelectorAll("form[method=post]")].flatMap(boxesOf);
const kept = (last && last.who === who ? last.words : []).map(([name, value, on]) => [
  boxes.find((box) => box.name === name && (!ticked(box) || box.value === value)), value, on,
]).filter(([box, value, on]) => box && (ticked(box) ? box.checked !== on : box.value !== value));
if (kept.length) {
  const offer = document.createElement("p");
  offer.className = "flash flash-warn restore";
  offer.setAttribute("role", "status");
  offer.append("上次填写的内容没有提交成功。");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "恢复到表单";
  button.addEventListener("click", () => {
    kept.forEach(([box, value, on]) => { if (ticked(box)) box.checked = on; else box.value = value; });
    typed = true;
    offer.remove();
  });
  offer.append(button);
  document.getElementById("main").prepend(offer);
}
if (who && (kept.length || unsent)) sessionStorage.removeItem(here);

// The columns that somebody chose for a list stay chosen on this computer.
const columns = "columns:" + location.pathname;
document.querySelectorAll("form.columns").forEach((form) => form.addEventListener("submit", () => {
  const chosen = [...form.querySelectorAll("[name=cols]:checked")].map((box) => box.value);
  localStorage.setItem(columns, JSON.stringify(chosen));
}));
const chosen = JSON.parse(localStorage.getItem(columns) || "[]");
const address = new URL(location.href);
if (chosen.length && document.querySelector("form.columns") && !address.searchParams.has("cols")) {
  const shown = [...document.querySelectorAll("form.columns [name=cols]:checked")].map((box) => box.value);
  const known = chosen.filter((one) => document.querySelector(`form.columns [name=cols][value="${CSS.escape(one)}"]`));
  if (known.length && known.join() !== shown.join()) {
    known.forEach((one) => address.searchParams.append("cols", one));
    location.replace(address);
  }
}

// A link that is shown once is easily copied.
document.querySelectorAll("input.link").forEach((input) => input.addEventListener("focus", () => input.select()));
