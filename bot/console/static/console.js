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
const written = "form[method=post] textarea";
document.addEventListener("input", (event) => { if (event.target.closest(written)) typed = true; });
document.addEventListener("submit", () => { typed = false; });
addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });

// Words that were sent when the session had ended: kept in this tab alone, offered once on the same page, then gone.
const here = "words:" + location.pathname;
document.addEventListener("submit", (event) => {
  const boxes = [...event.target.querySelectorAll("textarea[name]")].filter((box) => box.value.trim());
  if (event.target.method === "post" && boxes.length) {
    sessionStorage.setItem(here, JSON.stringify(boxes.map((box) => [box.name, box.value])));
  }
});
if (document.querySelector(".flash-good, .flash-again")) {
  Object.keys(sessionStorage).filter((key) => key.startsWith("words:")).forEach((key) => sessionStorage.removeItem(key));
}
const kept = JSON.parse(sessionStorage.getItem(here) || "[]")
  .map(([name, words]) => [document.querySelector(`${written}[name="${CSS.escape(name)}"]`), words])
  .filter(([box, words]) => box && box.value !== words);
if (kept.length) {
  const offer = document.createElement("p");
  offer.className = "flash flash-warn restore";
  offer.setAttribute("role", "status");
  offer.append("上次填写的内容没有提交成功。");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "恢复到表单";
  button.addEventListener("click", () => {
    kept.forEach(([box, words]) => { box.value = words; });
    typed = true;
    offer.remove();
  });
  offer.append(button);
  document.getElementById("main").prepend(offer);
  sessionStorage.removeItem(here);
}

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
