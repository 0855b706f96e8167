// 训练台: quick phrases, the simulated clock, account kind, faults, statistics, export.

import { get, post } from "./api.js";
import { el } from "./bubbles.js";
import { fieldValue, fromField, full, nextMonday, now, setNow } from "./time.js";
import { show } from "./view.js";

const $ = (id) => document.getElementById(id);
const PHRASES = ["政策", "石惠十条", "石会十条", "民营经济促进法", "提诉求", "查进度", "订阅", "帮助"];
const FAULTS = [
  ["接口慢 6 秒", { kind: "latency", seconds: 6 }], ["45009 次数用完", { kind: "errcode", errcode: 45009 }],
  ["-1 系统繁忙", { kind: "errcode", errcode: -1 }], ["40001 凭证失效", { kind: "errcode", errcode: 40001 }],
  ["502 网页", { kind: "html502" }], ["全部恢复", { clear: true }],
];
// What the figures of /sim/stats are called, in the order in which they are shown.
const FIGURES = {
  subscribed: "正在关注", followers: "全部人物", failure_lines: "「暂时无法提供服务」", most_messages_of_one_broadcast_to_one_person: "同一群发一人最多收到",
  token_fetches: "取接口凭证",
};
const GROUPS = { messages: "消息（条）", calls: "接口调用（次）", errors: "接口返回的错误（次）" };
const NAMES = {
  message: "关注者发来", event: "关注、扫码等事件", menu: "点菜单", passive: "被动回复", custom: "客服消息", mass: "群发", template: "模板消息", subscribe: "订阅通知",
  token: "取凭证", stable_token: "取凭证（稳定版）", "message/custom/send": "发客服消息", "message/custom/typing": "显示正在输入",
  "message/mass/sendall": "按标签群发", "message/mass/send": "按名单群发", "message/mass/preview": "群发预览", "message/mass/get": "查群发结果",
  "message/template/send": "发模板消息", "message/subscribe/bizsend": "发订阅通知", "menu/create": "建菜单", "menu/get": "查菜单", "media/upload": "传临时素材",
  "media/get": "取素材", "media/uploadimg": "传图文图片", "material/add_material": "传永久素材", "draft/add": "建草稿", "freepublish/submit": "发布",
  "user/get": "取关注者名单", "user/info": "查关注者", "user/info/batchget": "批量查关注者", "qrcode/create": "建带参二维码",
};
const JOB_STATES = { SENDING: "发送中", SEND_SUCCESS: "已发出", SEND_FAIL: "失败", DELETE: "已删除" };
const LOOK_AGAIN = 4000; // milliseconds between two looks at the statistics

/** `acts`: say(text), transcript(), personName(), toast(text), clockMoved(). */
export class Bench {
  constructor(acts) {
    this.acts = acts;
    this.#phrases();
    this.#clock();
    this.#account();
    this.#faults();
    this.#channelTags();
    $("export").addEventListener("click", () => this.#export());
  }

  async start() {
    await Promise.all([this.#readClock(), this.#readAccount(), this.#readFaults(), this.#readStats()]);
    setInterval(() => { $("clock-now").textContent = full(now()); }, 1000);
    setInterval(() => document.hidden || this.refresh().catch(() => {}), LOOK_AGAIN);
  }

  async refresh() {
    await Promise.all([this.#readStats(), this.#readFaults(), this.#readClock()]);
  }

  #try(work) {
    return work().catch((error) => this.acts.toast(error.message));
  }

  #phrases() {
    $("phrases").replaceChildren(...PHRASES.map((phrase) => {
      const chip = el("button", "", phrase);
      chip.type = "button";
      chip.addEventListener("click", () => { show("chat"); this.acts.say(phrase); });
      return chip;
    }));
  }

  // Clock

  #clock() {
    const moves = {
      hour: () => ({ advance_seconds: 3600 }), day: () => ({ advance_seconds: 86400 }),
      monday: () => ({ set: nextMonday() }), reset: () => ({ reset: true }),
    };
    for (const button of document.querySelectorAll("[data-clock]")) {
      button.addEventListener("click", () => this.#try(() => this.#move(moves[button.dataset.clock]())));
    }
    $("clock-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => this.#move({ set: fromField($("clock-at").value) }));
    });
  }

  async #move(change) {
    await post("/sim/clock", change);
    await this.clockMoved();
  }

  /** The simulated time has been moved, here or elsewhere. */
  async clockMoved() {
    await this.#readClock();
    $("clock-at").value = fieldValue(now());
    this.acts.clockMoved();
  }

  async #readClock() {
    const clock = await get("/sim/clock");
    setNow(clock.utc);
    $("clock-now").textContent = full(now());
    $("clock-mark").hidden = Math.abs(clock.offset_seconds) < 5;
    if (!$("clock-at").value) $("clock-at").value = fieldValue(now());
  }

  // Account

  #account() {
    $("account-form").addEventListener("change", () => this.#try(async () => {
      const form = new FormData($("account-form"));
      await post("/sim/account", { account_kind: form.get("kind"), verified: $("account-verified").checked });
      await this.#readAccount();
    }));
  }

  /** The account's kind has been changed, here or elsewhere. */
  accountChanged() {
    this.#try(() => this.#readAccount());
  }

  async #readAccount() {
    const account = await get("/sim/account");
    for (const radio of document.querySelectorAll("[name=kind]")) radio.checked = radio.value === account.account_kind;
    $("account-verified").checked = Boolean(account.verified);
  }

  // Faults

  #faults() {
    $("faults").replaceChildren(...FAULTS.map(([label, body]) => {
      const chip = el("button", "", label);
      chip.type = "button";
      chip.addEventListener("click", () => this.#try(async () => { await post("/sim/faults", body); await this.#readFaults(); }));
      return chip;
    }));
  }

  async #readFaults() {
    const { faults } = await get("/sim/faults");
    const active = FAULTS.filter(([, wanted]) => faults.some((rule) => Object.keys(wanted).every((key) => rule[key] === wanted[key])));
    const chips = [...$("faults").children];
    FAULTS.forEach((fault, index) => chips[index].setAttribute("aria-pressed", String(active.includes(fault))));
    const words = active.length ? `正在演练：${active.map(([label]) => label).join("、")}` : "微信接口一切正常。";
    if ($("faults-now").textContent !== words) $("faults-now").textContent = words;
  }

  // Statistics

  async #readStats() {
    const stats = await get("/sim/stats");
    const rows = [];
    const row = (name, figure) => rows.push(el("dt", "", name), el("dd", "", String(figure)));
    for (const [key, name] of Object.entries(FIGURES)) if (key in stats) row(name, stats[key]);
    for (const [key, title] of Object.entries(GROUPS)) {
      const inner = Object.entries(stats[key] ?? {});
      if (inner.length) rows.push(el("div", "group", title));
      for (const [name, figure] of inner) row(NAMES[name.replace(/^\/?(cgi-bin\/)?/, "")] ?? name, figure);
    }
    const jobs = stats.mass_jobs ?? [];
    if (jobs.length) rows.push(el("div", "group", "最近的群发"));
    for (const job of jobs.slice(-3)) row(`第 ${job.msg_id} 号`, JOB_STATES[job.status] ?? job.status);
    $("stats").replaceChildren(...rows);
  }

  // The rest

  #channelTags() {
    const box = $("show-channel");
    box.checked = localStorage.getItem("show-channel") === "yes";
    const apply = () => document.body.classList.toggle("show-channel", box.checked);
    box.addEventListener("change", () => { localStorage.setItem("show-channel", box.checked ? "yes" : "no"); apply(); });
    apply();
  }

  #export() {
    const link = el("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", this.acts.transcript()], { type: "text/plain;charset=utf-8" }));
    link.download = `对话-${this.acts.personName()}-${fieldValue(now()).replace(/[T:]/g, "")}.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
