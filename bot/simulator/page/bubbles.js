// One message -> one line of the conversation.

import { pageLink, richText, safeUrl, sayLink } from "./richtext.js";

const CHANNELS = {
  passive: "被动回复", custom: "客服消息", mass: "群发", template: "模板消息", subscribe: "订阅通知",
};

/** <tag class> with children; a string child is text, never markup. */
export function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child != null));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A number 0..tones-1 that is always the same for the same words. */
export function tone(words, tones) {
  let sum = 0;
  for (const letter of String(words)) sum = (sum * 31 + letter.codePointAt(0)) >>> 0;
  return String(sum % tones);
}

/** A follower's avatar: the surname on a colour that stays the same. */
export function personAvatar(person) {
  const name = person?.name || "访客";
  const words = name.trim().split(/[\s·（(]+/);
  const avatar = el("span", "avatar", [...words[words.length > 1 ? 1 : 0]][0] ?? "客");
  avatar.dataset.tone = tone(person?.openid ?? name, 6);
  avatar.setAttribute("aria-hidden", "true");
  return avatar;
}

export function accountAvatar() {
  const seal = el("img");
  seal.src = "/page/seal.svg";
  seal.alt = "";
  return el("span", "avatar", seal);
}

function picture(src, className, onGone) {
  const image = el("img", className);
  image.alt = "";
  image.decoding = "async";
  image.addEventListener("error", () => image.replaceWith(onGone()), { once: true });
  image.src = src;
  return image;
}

const PICTURE_SOURCE = /^(https?:\/\/|\/(?!\/)|blob:|data:image\/)/i;

function cover(article, index) {
  const drawn = () => {
    const box = el("span", "cover drawn", el("span", "", index === 0 ? "同心拾景" : ""));
    box.dataset.tone = tone(article.title, 3);
    box.setAttribute("aria-hidden", "true");
    return box;
  };
  return PICTURE_SOURCE.test(article.picurl ?? "") ? picture(article.picurl, "cover", drawn) : drawn();
}

function article(item, index, alone) {
  const inside = index === 0
    ? [cover(item, 0), el("h3", "headline", item.title ?? ""), alone && item.description ? el("p", "digest", item.description) : null]
    : [el("span", "next", el("span", "", item.title ?? ""), cover(item, index))];
  const url = safeUrl(item.url ?? "");
  const kept = inside.filter(Boolean);
  return url ? pageLink(url, ...kept) : el("div", "", ...kept);
}

function image(message, tools) {
  const src = message.image_url ?? "";
  const gone = () => el("span", "gone-picture", "[图片]");
  if (!PICTURE_SOURCE.test(src)) return gone();
  const button = el("button");
  button.type = "button";
  button.setAttribute("aria-label", "图片，点击放大");
  button.append(picture(src, "", gone));
  button.addEventListener("click", () => tools.enlarge(src));
  return button;
}

function voice(message) {
  const seconds = message.seconds ?? Math.min(60, Math.max(2, Math.round((message.text ?? "").length / 4)));
  return el("span", "voice", icon("waves"), `${seconds}″`);
}

function location(message) {
  const at = [message.latitude, message.longitude].filter((part) => part != null);
  const map = el("div", "map", icon("place"));
  return el("div", "card", el("div", "card-title", message.label || message.text || "位置"), at.length ? el("div", "card-text", at.join(", ")) : null, map);
}

const CARD_KINDS = { music: "音乐", miniprogrampage: "小程序" };

function linkCard(message, type = message.type) {
  const url = safeUrl(message.url ?? "");
  const inside = [el("div", "card-title", message.title || message.text || "链接"), el("div", "card-text", message.description || CARD_KINDS[type] || message.url || "")];
  if (!url) return el("div", "card", ...inside);
  const card = pageLink(url, ...inside);
  card.className = "card";
  return card;
}

/** A notice: title, then one row per field; the old first and remark fields have no label. */
function template(message) {
  const card = el("div", "template", el("h3", "t-head", message.title || "服务通知"));
  const fields = message.fields ?? [];
  const list = el("dl");
  for (const { name, key, value } of fields) {
    if (key === "first") card.append(el("p", "", value));
    else if (key !== "remark") list.append(el("dt", "", name), el("dd", "", value));
  }
  if (list.children.length) card.append(list);
  for (const { value } of fields.filter(({ key }) => key === "remark")) card.append(el("p", "", value));
  if (!fields.length && message.text) card.append(el("p", "", message.text));
  const url = safeUrl(message.url ?? "");
  if (url) card.append(pageLink(url, "查看详情"));
  return card;
}

function msgmenu(message, tools) {
  const items = el("div", "menu-list");
  for (const item of message.list ?? []) items.append(sayLink(item.content, item.content, String(item.id ?? ""), tools.say));
  const out = document.createDocumentFragment();
  if (message.head_content) out.append(richText(message.head_content, tools.say));
  out.append(items);
  if (message.tail_content) out.append(richText(message.tail_content, tools.say));
  return out;
}

/** The bubble's kind and what is inside it. Kinds that nobody knows are said to be so, as WeChat does. */
function content(message, tools) {
  const type = message.type === "shortvideo" ? "video" : message.type;
  if (message.articles?.length) {
    const alone = message.articles.length === 1;
    return ["news", el("div", "news", ...message.articles.map((item, index) => article(item, index, alone)))];
  }
  switch (type) {
    case "text": return ["text", richText(message.text ?? "", tools.say)];
    case "image": return ["image", image(message, tools)];
    case "voice": return ["voice", voice(message)];
    case "video": return ["video", el("div", "video-still", icon("play"), message.title ? el("span", "", message.title) : null)];
    case "location": return ["location", location(message)];
    case "link": case "music": case "miniprogrampage": return ["link", linkCard(message)];
    case "template": case "subscribe": return ["template", template(message)];
    case "msgmenu": return ["msgmenu", msgmenu(message, tools)];
    default:
      return message.text ? ["text", richText(message.text, tools.say)] : ["unknown", "【收到不支持的消息类型，暂无法显示】"];
  }
}

const ALT = { image: "图片", voice: "语音", video: "视频", location: "位置", link: "链接", news: "图文", template: "通知" };

/** A line for the log. `tools`: say(text, id), enlarge(src), person. */
export function line(message, tools) {
  if (message.from === "system" || message.type === "event") {
    const notice = el("div", "bubble", message.text ?? "");
    notice.dataset.from = "system";
    notice.dataset.type = "system";
    return notice;
  }
  const [type, inside] = content(message, tools);
  const bubble = el("div", "bubble", inside);
  bubble.dataset.from = message.from;
  bubble.dataset.type = type;
  if (ALT[type]) bubble.setAttribute("aria-label", ALT[type]);
  const body = el("div", "body", el("span", "hidden-label", message.from === "me" ? "我：" : "同心拾景："), bubble);
  if (type === "voice" && message.text) body.append(el("div", "heard", message.text));
  if (message.ai) body.append(el("div", "by-ai", "内容由第三方AI生成"));
  const channel = CHANNELS[message.channel] ?? message.channel;
  if (channel && message.from === "account") body.append(el("div", "channel", channel));
  const wide = type === "news" || type === "template";
  const row = el("div", wide ? "line wide" : "line");
  if (!wide) row.append(message.from === "me" ? personAvatar(tools.person) : accountAvatar());
  row.append(body);
  row.dataset.from = message.from;
  return row;
}
