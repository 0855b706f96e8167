// Text of the account -> nodes. Only <a href> with a known scheme becomes a link; everything else stays text.

const ANCHOR = /<a\b([^>]*)>([\s\S]*?)<\/a\s*>/gi;
const HREF = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&apos;": "'" };

const decode = (text) => text.replace(/&(?:amp|lt|gt|quot|apos|#39);/g, (entity) => ENTITIES[entity]);

/** The address if it may be opened from a chat, else null. */
export function safeUrl(address) {
  try {
    const url = new URL(String(address).trim());
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** What a weixin://bizmsgmenu link makes the follower say, or null for other addresses. */
export function spoken(address) {
  const match = /^weixin:\/\/bizmsgmenu\/?\?(.*)$/i.exec(address.trim());
  if (!match) return null;
  const query = new URLSearchParams(match[1]);
  const text = query.get("msgmenucontent");
  return text ? { text, id: query.get("msgmenuid") ?? "" } : null;
}

/** A link that opens a page in a new tab. `url` has passed safeUrl. */
export function pageLink(url, ...children) {
  const link = document.createElement("a");
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.append(...children);
  return link;
}

/** A link that makes the follower say something; calls say(text, menuItemId). */
export function sayLink(label, text, id, say) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "say-link";
  button.textContent = label;
  button.addEventListener("click", () => say(text, id));
  return button;
}

function link(attributes, label, say) {
  const found = HREF.exec(attributes);
  if (!found) return null;
  const address = decode(found[1] ?? found[2] ?? found[3] ?? "");
  const words = spoken(address);
  if (words) return sayLink(label, words.text, words.id, say);
  const url = safeUrl(address);
  if (url) return pageLink(url, label);
  if (!/^weixin:\/\//i.test(address.trim())) return null;
  const inert = document.createElement("a"); // other weixin: links only mean something inside WeChat
  inert.textContent = label;
  inert.title = "此链接只能在微信里打开";
  return inert;
}

/** A fragment for `text`; `say(text, id)` is called by links that speak for the follower. */
export function richText(text, say) {
  const out = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(ANCHOR)) {
    const node = link(match[1], decode(match[2]), say);
    if (!node) continue;
    out.append(text.slice(from, match.index), node);
    from = match.index + match[0].length;
  }
  out.append(text.slice(from));
  return out;
}

/** The same text as a reader sees it, for previews and exports: 「标题（网址）」. */
export function plainText(text, withAddress = false) {
  return text.replace(ANCHOR, (whole, attributes, label) => {
    const found = HREF.exec(attributes);
    if (!found) return whole;
    const url = safeUrl(decode(found[1] ?? found[2] ?? found[3] ?? ""));
    return withAddress && url ? `${decode(label)}（${url}）` : decode(label);
  });
}
