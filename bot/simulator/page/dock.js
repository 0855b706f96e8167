// The bottom of the phone: typing, the account's menu, and what the plus sends.

import { get } from "./api.js";
import { el } from "./bubbles.js";
import { safeUrl } from "./richtext.js";
import { SAMPLES } from "./samples.js";
import { ask } from "./sheet.js";

const $ = (id) => document.getElementById(id);
const TALLEST = 124; // pixels: five lines, as in WeChat

/** `acts`: say(text), message(fields, shownAs), event(fields), scan(scene), picture(file), toast(text). */
export class Dock {
  constructor(acts) {
    this.acts = acts;
    this.composer = $("composer");
    this.#typing();
    this.#switching();
    this.#attaching();
  }

  /** Shows the dock to followers only; others have nothing to type into. */
  allow(follows) {
    $("dock").hidden = !follows;
    if (!follows) this.#panel(false);
  }

  /** Asks for the menu that this follower sees; without buttons only the keyboard remains. */
  async loadMenu(openid) {
    const answer = await get("/sim/menu", { openid });
    const button = (answer.menu ?? answer).button ?? [];
    const drawn = JSON.stringify(button);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    $("menu-bar").replaceChildren(...button.slice(0, 3).map((item) => this.#menuItem(item)));
    $("to-menu").hidden = button.length === 0;
    this.#mode(button.length > 0 && localStorage.getItem("dock") === "menu");
  }

  // Typing

  #typing() {
    this.composer.addEventListener("input", () => this.#fit());
    this.composer.addEventListener("focus", () => this.#panel(false));
    this.composer.addEventListener("keydown", (event) => {
      // isComposing: Enter that picks a word in an input method must not send.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#send();
      }
    });
    $("input-row").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  #send() {
    const text = this.composer.value.trim();
    if (!text) return;
    this.composer.value = "";
    this.#fit();
    this.composer.focus();
    this.acts.say(text);
  }

  #fit() {
    const empty = this.composer.value.trim() === "";
    $("send").hidden = empty;
    $("attach").hidden = !empty;
    this.composer.style.height = "40px";
    this.composer.style.height = `${Math.min(TALLEST, Math.max(40, this.composer.scrollHeight))}px`;
  }

  // Keyboard and menu

  #switching() {
    $("to-menu").addEventListener("click", () => this.#mode(true, true));
    $("to-keyboard").addEventListener("click", () => this.#mode(false, true));
    document.addEventListener("click", (event) => event.target.closest(".menu-item") ?? this.#closeMenus());
    $("menu-bar").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.target.closest(".menu-item")?.querySelector("button").focus();
      this.#closeMenus();
    });
  }

  #mode(menu, chosen = false) {
    $("menu-row").hidden = !menu;
    $("input-row").hidden = menu;
    this.#panel(false);
    if (!chosen) return;
    localStorage.setItem("dock", menu ? "menu" : "keyboard");
    (menu ? $("menu-bar").querySelector("button") : this.composer).focus();
  }

  #menuItem(item) {
    const top = el("button", "", ...(item.sub_button?.length ? [el("span", "stripes"), item.name] : [item.name]));
    top.type = "button";
    const holder = el("div", "menu-item", top);
    if (!item.sub_button?.length) {
      top.addEventListener("click", () => this.#tap(item));
      return holder;
    }
    const list = el("div", "sub-menu", ...item.sub_button.map((sub) => {
      const button = el("button", "", sub.name);
      button.type = "button";
      button.addEventListener("click", () => { this.#closeMenus(); this.#tap(sub); });
      return button;
    }));
    list.hidden = true;
    top.setAttribute("aria-expanded", "false");
    top.addEventListener("click", () => {
      const open = list.hidden;
      this.#closeMenus();
      list.hidden = !open;
      top.setAttribute("aria-expanded", String(open));
    });
    holder.append(list);
    return holder;
  }

  #closeMenus() {
    for (const list of document.querySelectorAll(".sub-menu")) list.hidden = true;
    for (const top of document.querySelectorAll(".menu-item > [aria-expanded]")) top.setAttribute("aria-expanded", "false");
  }

  /** What a tap does on a phone. Only `click` and the waiting scan make the account answer (platform §2.3). */
  #tap(item) {
    const url = safeUrl(item.url ?? "");
    switch (item.type) {
      case "click": return this.acts.event({ Event: "CLICK", EventKey: item.key });
      case "view":
        if (url) window.open(url, "_blank", "noopener");
        return this.acts.event({ Event: "VIEW", EventKey: item.url ?? "" });
      case "miniprogram":
        if (url) window.open(url, "_blank", "noopener");
        return this.acts.event({ Event: "view_miniprogram", EventKey: item.pagepath ?? "" });
      case "location_select": return this.#location();
      case "pic_sysphoto": case "pic_photo_or_album": case "pic_weixin": return $("picture-file").click();
      case "scancode_push": case "scancode_waitmsg": return this.#scanFromMenu(item);
      default: return this.acts.toast(`模拟器还不会「${item.name}」这种按钮，请在手机微信里试`);
    }
  }

  // The plus

  #attaching() {
    $("attach").addEventListener("click", () => this.#panel($("attachments").hidden));
    $("picture-file").addEventListener("change", (event) => {
      const [file] = event.target.files;
      if (file) this.#picture(file);
      event.target.value = "";
    });
    $("attachments").addEventListener("click", (event) => {
      const kind = event.target.closest("[data-attach]")?.dataset.attach;
      if (kind) this.#attach(kind);
    });
  }

  #panel(open) {
    $("attachments").hidden = !open;
    $("attach").setAttribute("aria-expanded", String(open));
  }

  async #attach(kind) {
    if (kind in SAMPLES) return this.#picture(await SAMPLES[kind]());
    const doing = { picture: () => $("picture-file").click(), location: () => this.#location(), voice: () => this.#voice(), link: () => this.#link(), scan: () => this.#scan() };
    return doing[kind]();
  }

  #picture(file) {
    if (!file.type.startsWith("image/")) return this.acts.toast("请选择一张图片");
    this.#panel(false);
    return this.acts.picture(file);
  }

  async #location() {
    const place = await ask("发送位置", [
      { name: "Label", label: "地点名称", value: "北京市石景山区石景山路18号", required: true },
      { name: "Location_X", label: "纬度", value: "39.906500", type: "number", step: "any", required: true },
      { name: "Location_Y", label: "经度", value: "116.222900", type: "number", step: "any", required: true },
    ]);
    if (!place) return;
    this.#panel(false);
    this.acts.message({ MsgType: "location", Scale: "15", ...place }, { type: "location", label: place.Label, latitude: place.Location_X, longitude: place.Location_Y });
  }

  async #voice() {
    const spoken = await ask("发送语音", [
      { name: "Recognition", label: "语音里说的话（留空 = 没有识别出文字，公众号平时收到的就是这样）", lines: 3 },
    ]);
    if (!spoken) return;
    this.#panel(false);
    const heard = spoken.Recognition.trim();
    const fields = { MsgType: "voice", ...(heard ? { Recognition: heard } : {}) };
    this.acts.message(fields, { type: "voice", text: heard });
  }

  async #link() {
    const link = await ask("发送链接", [
      { name: "Title", label: "标题", value: "关于支持民营经济发展的若干措施", required: true },
      { name: "Description", label: "摘要", value: "" },
      { name: "Url", label: "网址", type: "url", value: "https://example.gov.cn/a", required: true },
    ]);
    if (!link) return;
    this.#panel(false);
    this.acts.message({ MsgType: "link", ...link }, { type: "link", title: link.Title, description: link.Description, url: link.Url });
  }

  async #scanFromMenu(item) {
    const code = await ask("扫一扫", [{ name: "result", label: "二维码里的内容", value: "https://example.gov.cn/q/1", required: true }], "扫码");
    if (code) this.acts.event({ Event: item.type, EventKey: item.key, ScanCodeInfo: { ScanType: "qrcode", ScanResult: code.result } });
  }

  async #scan() {
    const code = await ask("扫带参二维码", [{ name: "scene", label: "二维码的场景值", placeholder: "例如 hall_07", required: true }], "扫码");
    if (!code) return;
    this.#panel(false);
    this.acts.scan(code.scene.trim());
  }
}
