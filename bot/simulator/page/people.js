// The followers that staff play: list, unread marks, switching, adding.

import { get, post } from "./api.js";
import { el, personAvatar } from "./bubbles.js";
import { words } from "./conversation.js";
import { show } from "./view.js";

const $ = (id) => document.getElementById(id);
const ASK_AGAIN = 4000; // milliseconds between two looks at the list
const SHOWN = 100; // a demo may have thousands; the others are found by name

export class People {
  /** `onChoose(person)` when another follower is shown, `onChange(person)` when the shown one's state changed. */
  constructor(onChoose, onChange, toast) {
    Object.assign(this, { onChoose, onChange, toast, all: [], current: null, seen: new Map() });
    $("followers").addEventListener("click", (event) => {
      const openid = event.target.closest("li")?.dataset.openid;
      if (openid) this.choose(openid);
    });
    $("add-follower").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#add().catch((error) => toast(error.message));
    });
    $("find").addEventListener("input", () => this.#draw());
    window.addEventListener("hashchange", () => this.choose(decodeURIComponent(location.hash.slice(1))));
  }

  async start() {
    await this.refresh();
    const wanted = decodeURIComponent(location.hash.slice(1));
    const first = this.all.find((person) => person.openid === wanted) ?? this.all[0];
    if (first) this.choose(first.openid);
    else this.onChange(null);
    setInterval(() => document.hidden || this.refresh().catch(() => {}), ASK_AGAIN);
  }

  async refresh() {
    const { followers } = await get("/sim/followers");
    this.all = followers;
    const before = JSON.stringify(this.current);
    const same = followers.find((person) => person.openid === this.current?.openid);
    if (this.current && !same && followers.length) return this.choose(followers[0].openid); // the simulator was started anew
    this.current = same ?? null;
    this.#draw();
    if (JSON.stringify(this.current) !== before) this.onChange(this.current);
    return undefined;
  }

  choose(openid) {
    const person = this.all.find((one) => one.openid === openid);
    if (!person) return;
    const again = person.openid === this.current?.openid;
    this.current = person;
    if (!again) {
      history.replaceState(null, "", `#${encodeURIComponent(openid)}`);
      this.onChoose(person);
    }
    this.#draw();
    show("chat");
  }

  /** Makes a follower and shows it. Resolves to the person. */
  async create(name, follows) {
    const { openids } = await post("/sim/followers", { count: 1, notify: follows, subscribed: follows, ...(name ? { name } : {}) });
    await this.refresh();
    this.choose(openids[0]);
    return this.current;
  }

  async #add() {
    await this.create($("new-name").value.trim(), $("new-follows").checked);
    $("new-name").value = "";
  }

  /** What is on the shown person's screen has been read; the others' counts stay. */
  #unread(person) {
    if (person.openid === this.current?.openid && !document.hidden) this.seen.set(person.openid, person.unread ?? 0);
    const seen = Math.min(this.seen.get(person.openid) ?? 0, person.unread ?? 0);
    this.seen.set(person.openid, seen);
    return (person.unread ?? 0) - seen;
  }

  /** Who stands in the list: the one on the screen, then those with news, then the rest. */
  #listed(unread) {
    const wanted = $("find").value.trim();
    const found = wanted ? this.all.filter((person) => (person.name ?? "").includes(wanted)) : this.all;
    if (found.length <= SHOWN) return found;
    const rank = (person) => (person.openid === this.current?.openid ? 0 : unread.get(person.openid) ? 1 : 2);
    return [...found].sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN);
  }

  #row(person, unread) {
    const last = person.last ? words(person.last, true) : "还没有说过话";
    const button = el("button", "", personAvatar(person), el("span", "who", el("span", "name", person.name || "访客"),
      el("span", "last", person.subscribed ? last : "未关注")));
    button.type = "button";
    if (person.openid === this.current?.openid) button.setAttribute("aria-current", "true");
    if (unread) button.append(el("span", "badge", unread > 99 ? "99+" : String(unread)), el("span", "hidden-label", "条未读"));
    const row = el("li", "", button);
    row.dataset.openid = person.openid;
    return row;
  }

  #draw() {
    const unread = new Map(this.all.map((person) => [person.openid, this.#unread(person)]));
    const elsewhere = [...unread.values()].reduce((sum, count) => sum + count, 0);
    $("unread-elsewhere").hidden = elsewhere === 0;
    $("unread-elsewhere").textContent = elsewhere > 99 ? "99+" : String(elsewhere);
    $("find").hidden = this.all.length <= 8 && !$("find").value;
    const listed = this.#listed(unread);
    const more = this.all.length - listed.length;
    $("more").hidden = more === 0;
    $("more").textContent = `还有 ${more} 位，输入姓名查找`;
    const rows = listed.map((person) => this.#row(person, unread.get(person.openid)));
    const signature = rows.map((row) => row.outerHTML).join("");
    if (signature === this.signature) return;
    this.signature = signature;
    const focused = document.activeElement?.closest("#followers li")?.dataset.openid;
    $("followers").replaceChildren(...rows);
    if (focused) $("followers").querySelector(`[data-openid="${CSS.escape(focused)}"] button`)?.focus();
  }
}
