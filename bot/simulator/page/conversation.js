// The log of one follower: history, live messages, what is still on its way, and where the reader has scrolled.

import { get } from "./api.js";
import { el, line } from "./bubbles.js";
import { plainText } from "./richtext.js";
import { full, now, parse, stamp, STAMP_GAP } from "./time.js";

const AT_BOTTOM = 60; // pixels from the end that still count as reading the newest
const REOPEN_AFTER = 2000; // milliseconds until a refused stream is tried again

export class Conversation {
  /** `tools`: say(text, menuItemId), enlarge(src). `hears`: message() for every new one, typing(openid, on), connected(yes), menu(), clock(), account(). */
  constructor(log, latest, tools, hears) {
    Object.assign(this, { log, latest, tools, hears, person: null, messages: [], known: new Set(), waiting: [], stream: null, turn: 0 });
    log.addEventListener("scroll", () => this.#follow());
    latest.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.pinned && this.toEnd()).observe(log);
    this.pinned = true;
  }

  /** Shows another follower's conversation and listens for what comes. */
  async open(person) {
    const turn = ++this.turn;
    this.stream?.close();
    Object.assign(this, { person, messages: [], known: new Set(), waiting: [], pinned: true });
    this.log.setAttribute("aria-busy", "true");
    this.log.replaceChildren();
    if (!person) return;
    this.#listen(turn);
    await this.sync().finally(() => turn === this.turn && this.log.setAttribute("aria-busy", "false"));
    this.toEnd();
  }

  /** Fetches the outbox and adds what is missing. */
  async sync() {
    const turn = this.turn;
    if (!this.person) return;
    const newest = this.messages.at(-1);
    const { messages } = await get("/sim/outbox", { openid: this.person.openid });
    if (turn !== this.turn) return;
    if (newest && !messages.some((message) => String(message.id) === newest.key)) this.#forget();
    this.#take(messages);
  }

  /** The simulator was started anew and counts from one again. */
  #forget() {
    this.messages = [];
    this.known.clear();
    this.redraw();
  }

  #listen(turn) {
    const stream = new EventSource(`/sim/stream?openid=${encodeURIComponent(this.person.openid)}`);
    this.stream = stream;
    let opened = false;
    stream.addEventListener("open", () => {
      this.hears.connected(true);
      if (opened) this.sync().catch(() => {}); // whatever came while the line was down; the next open tries again
      opened = true;
    });
    stream.addEventListener("message", (event) => turn === this.turn && this.#take([JSON.parse(event.data)]));
    stream.addEventListener("typing", (event) => turn === this.turn && this.hears.typing(this.person.openid, JSON.parse(event.data).on));
    for (const news of ["menu", "clock", "account"]) stream.addEventListener(news, () => turn === this.turn && this.hears[news]());
    stream.addEventListener("error", () => {
      if (turn === this.turn) this.hears.connected(false);
      if (stream.readyState === EventSource.CLOSED && turn === this.turn) {
        setTimeout(() => turn === this.turn && this.#listen(turn), REOPEN_AFTER);
      }
    });
  }

  /** Adds each message once, whether it came by the stream or by the outbox. */
  #take(messages) {
    const fresh = messages.filter((message) => !this.known.has(String(message.id)));
    for (const message of fresh) this.#add(message);
    if (!fresh.length) return;
    if (this.pinned || fresh.some((message) => message.from === "me")) this.toEnd();
    else this.latest.hidden = false;
    this.hears.message(fresh.at(-1));
  }

  #add(message) {
    const key = String(message.id);
    const last = this.messages.at(-1);
    // What the simulator does not keep, such as the words of a voice message, stays as it was sent.
    const entry = { ...(message.from === "me" ? this.#settle(message) : null), ...message, key };
    this.known.add(key);
    this.messages.push(entry);
    if (last && message.id < last.id) {
      this.messages.sort((a, b) => a.id - b.id);
      this.redraw();
    } else {
      this.#draw(entry, last);
    }
  }

  /** Draws everything anew, for a changed clock or a late message. */
  redraw() {
    this.log.replaceChildren(...this.waiting.map((one) => one.node));
    this.messages.forEach((message, index) => this.#draw(message, this.messages[index - 1]));
    if (this.pinned) this.toEnd();
  }

  #draw(message, before) {
    const at = parse(message.at);
    const nodes = [];
    if (!before || at - parse(before.at) > STAMP_GAP) {
      const time = el("time", "stamp", stamp(at));
      time.dateTime = at.toISOString();
      nodes.push(time);
    }
    const node = line(message, { ...this.tools, person: this.person });
    node.dataset.id = message.key;
    nodes.push(node);
    const firstWaiting = this.waiting[0]?.node ?? null;
    for (const one of nodes) this.log.insertBefore(one, firstWaiting);
    for (const image of node.querySelectorAll("img")) image.addEventListener("load", () => this.pinned && this.toEnd());
  }

  /** Shows a message of one's own before the simulator has it. Returns fail(retry) and done(). */
  expect(message) {
    const node = line({ ...message, from: "me", at: now().toISOString() }, { ...this.tools, person: this.person });
    node.classList.add("pending");
    const one = { node, message };
    this.waiting.push(one);
    this.log.append(node);
    this.toEnd();
    return {
      done: () => this.#drop(one),
      fail: (retry) => {
        node.classList.remove("pending");
        const again = el("button", "resend", "!");
        again.type = "button";
        again.setAttribute("aria-label", "没有发出去，点击重发");
        again.addEventListener("click", () => { this.#drop(one); retry(); });
        node.querySelector(".body").append(again);
      },
    };
  }

  /** Takes away the bubble that stood in for this message; returns what it had shown. */
  #settle(message) {
    const same = this.waiting.find((one) => one.message.type === message.type && (message.type !== "text" || one.message.text === message.text));
    if (same) this.#drop(same);
    return same?.message;
  }

  #drop(one) {
    one.node.remove();
    this.waiting = this.waiting.filter((other) => other !== one);
  }

  #follow() {
    this.pinned = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < AT_BOTTOM;
    if (this.pinned) this.latest.hidden = true;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.pinned = true;
    this.latest.hidden = true;
  }

  /** The conversation as a text file's content. */
  transcript() {
    const head = `与「同心拾景」的对话　${this.person?.name ?? ""}\n导出时间（模拟）：${full(now())}\n`;
    const who = { me: this.person?.name || "我", account: "同心拾景", system: "系统" };
    const lines = this.messages.map((m) => `[${full(parse(m.at))}] ${who[m.from] ?? m.from}：${words(m)}`);
    return [head, ...lines, ""].join("\n");
  }
}

/** A message in words, for the transcript and the list of followers. */
export function words(message, short = false) {
  if (message.articles?.length) {
    return message.articles.map((a) => (short ? `[图文] ${a.title}` : `[图文] ${a.title}　${a.description ?? ""}　${a.url ?? ""}`.trim())).join(short ? " " : "\n");
  }
  if (message.text) return plainText(message.text, !short);
  const names = { image: "图片", voice: "语音", video: "视频", shortvideo: "视频", location: "位置", link: "链接", template: "服务通知" };
  return `[${names[message.type] ?? "消息"}]${message.label ?? message.title ?? ""}`;
}
