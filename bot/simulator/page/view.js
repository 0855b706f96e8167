// On a phone one of three screens is shown: people, chat, bench. On a desktop all three stand side by side.

/** Shows a screen and moves the keyboard's focus there when its old place has disappeared. */
export function show(view) {
  document.body.dataset.view = view;
  const focused = document.activeElement;
  if (!focused || focused === document.body || focused.checkVisibility()) return;
  const screen = document.getElementById({ people: "people", chat: "phone", bench: "bench" }[view]);
  screen.querySelector(view === "chat" ? "#log" : "button, a, input")?.focus({ preventScroll: true });
}
