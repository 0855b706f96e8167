// Small forms over the phone (place, voice, link, QR code) and the enlarged picture.

import { el } from "./bubbles.js";

const $ = (id) => document.getElementById(id);

function field(spec) {
  const input = spec.options ? el("select") : el(spec.lines ? "textarea" : "input");
  for (const [value, label] of spec.options ?? []) {
    const option = el("option", "", label);
    option.value = value;
    input.append(option);
  }
  if (spec.lines) input.rows = spec.lines;
  input.name = spec.name;
  input.required = Boolean(spec.required);
  if (spec.type) input.type = spec.type;
  if (spec.step) input.step = spec.step;
  if (spec.placeholder) input.placeholder = spec.placeholder;
  if (spec.value != null) input.value = spec.value;
  return el("label", "", spec.label, input);
}

/** Asks for some fields; resolves to {name: value}, or null when the person thinks better of it. */
export function ask(title, fields, ok = "发送") {
  const sheet = $("sheet");
  const form = $("sheet-form");
  $("sheet-title").textContent = title;
  $("sheet-ok").textContent = ok;
  $("sheet-fields").replaceChildren(...fields.map(field));
  sheet.showModal();
  $("sheet-fields").querySelector("input, textarea, select")?.focus();
  return new Promise((resolve) => {
    const finish = (value) => {
      form.onsubmit = sheet.onclose = $("sheet-cancel").onclick = null;
      if (sheet.open) sheet.close();
      resolve(value);
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      finish(Object.fromEntries(new FormData(form)));
    };
    $("sheet-cancel").onclick = sheet.onclose = () => finish(null);
  });
}

/** Shows a picture as large as the screen allows; a click or Esc closes it. */
export function enlarge(src) {
  const viewer = $("viewer");
  viewer.querySelector("img").src = src;
  $("viewer-close").onclick = () => viewer.close();
  viewer.showModal();
}
