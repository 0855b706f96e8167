// Wires the page: the followers on the left, the phone in the middle, the training desk on the right.

import { post, sendPicture } from "./api.js";
import { Bench } from "./bench.js";
import { Conversation } from "./conversation.js";
import { Dock } from "./dock.js";
import { People } from "./people.js";
import { ask, enlarge } from "./sheet.js";
import { show } from "./view.js";

const $ = (id) => document.getElementById(id);
const TOAST_FOR = 4000; // milliseconds

let toastTimer = 0;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").textContent = ""; }, TOAST_FOR);
}

const TYPING_FOR = 15_000; // milliseconds that the account's typing sign lasts (platform §5.5)
const asking = new Map(); // openid -> requests that wait for an answer
const typing = new Map(); // openid -> until when the account itself says that it is typing

let connected = true;

function showState() {
  const person = people.current;
  const waits = person && (asking.get(person.openid) > 0 || typing.get(person.openid) > Date.now());
  const words = !person ? "" : !connected ? "未连接，正在重试…" : waits ? "对方正在输入…" : person.subscribed ? "已关注" : "未关注";
  if ($("state").textContent !== words) $("state").textContent = words;
  $("unfollow").hidden = !person?.subscribed;
  const gone = person && !person.subscribed && conversation.messages.length > 0;
  $("gate").hidden = Boolean(person?.subscribed);
  $("gate").dataset.mode = gone ? "gone" : "profile";
  $("follow").textContent = gone ? "重新关注" : "关注公众号";
  dock.allow(Boolean(person?.subscribed));
}

/** Runs one request of the shown follower, with 「对方正在输入…」 meanwhile, and fetches what it led to. */
async function asked(request) {
  const { openid } = people.current;
  asking.set(openid, (asking.get(openid) ?? 0) + 1);
  showState();
  try {
    await request(openid);
    if (people.current.openid === openid) await conversation.sync();
  } finally {
    asking.set(openid, asking.get(openid) - 1);
    showState();
  }
  people.refresh().catch(() => {}); // the list asks again by itself
}

/** Sends something that has a bubble of its own; when it cannot be sent the bubble offers to try again. */
async function send(shownAs, request) {
  if (!people.current?.subscribed) return toast("请先关注公众号，再发消息");
  const bubble = conversation.expect(shownAs);
  try {
    await asked(request);
    return bubble.done();
  } catch (error) {
    toast(error.message);
    return bubble.fail(() => send(shownAs, request));
  }
}

const acts = {
  toast,
  say: (text, menuItem) => send({ type: "text", text }, (openid) => (menuItem
    ? post("/sim/message", { openid, MsgType: "text", Content: text, bizmsgmenuid: menuItem })
    : post("/sim/say", { openid, text }))),
  message: (fields, shownAs) => send(shownAs, (openid) => post("/sim/message", { openid, ...fields })),
  picture: (file) => send({ type: "image", image_url: URL.createObjectURL(file) }, (openid) => sendPicture(openid, file)),
  event: (fields) => asked((openid) => post("/sim/event", { openid, ...fields })).catch((error) => toast(error.message)),
  scan: (scene) => asked((openid) => post("/sim/scan", { openid, scene })).catch((error) => toast(error.message)),
  transcript: () => conversation.transcript(),
  personName: () => people.current?.name ?? "访客",
  clockMoved: () => conversation.redraw(),
};

const conversation = new Conversation($("log"), $("to-latest"), { say: acts.say, enlarge }, {
  message: (message) => {
    if (message.from === "account") typing.delete(people.current.openid);
    showState();
  },
  typing: (openid, on) => {
    typing.set(openid, on ? Date.now() + TYPING_FOR : 0);
    setTimeout(showState, on ? TYPING_FOR + 50 : 0);
    showState();
  },
  connected: (yes) => {
    connected = yes;
    showState();
  },
  menu: loadMenu,
  clock: () => bench.clockMoved().catch((error) => toast(error.message)),
  account: () => { bench.accountChanged(); loadMenu(); },
});
const dock = new Dock(acts);
const bench = new Bench(acts);
const people = new People(
  (person) => {
    showState();
    conversation.open(person).then(showState, (error) => toast(error.message));
    loadMenu();
  },
  showState,
  toast,
);

function loadMenu() {
  dock.loadMenu(people.current.openid).catch((error) => toast(error.message));
}

async function follow(request) {
  try {
    if (!people.current) await people.create("", false);
    await asked(request);
    await people.refresh();
    $("composer").focus();
  } catch (error) {
    toast(error.message);
  }
}
$("follow").addEventListener("click", () => follow((openid) => post("/sim/event", { openid, Event: "subscribe", EventKey: "" })));
$("follow-by-code").addEventListener("click", async () => {
  const code = await ask("扫带参二维码关注", [{ name: "scene", label: "二维码的场景值", placeholder: "例如 hall_07", required: true }], "扫码");
  if (code) await follow((openid) => post("/sim/scan", { openid, scene: code.scene.trim() }));
});
$("unfollow").addEventListener("click", async () => {
  await acts.event({ Event: "unsubscribe", EventKey: "" });
  await people.refresh().catch((error) => toast(error.message));
  $("follow").focus();
});
for (const button of document.querySelectorAll("[data-go]")) {
  button.addEventListener("click", () => show(button.dataset.go));
}

bench.start().catch((error) => toast(error.message));
people.start().catch((error) => toast(error.message));
