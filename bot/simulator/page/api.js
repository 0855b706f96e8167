// The simulator's own HTTP API. Every failure becomes an Error whose message staff can act on.

async function answer(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new Error("连不上模拟器，请确认它还在运行");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const why = body.error ?? body.message ?? body.errmsg ?? `HTTP ${response.status}`;
    throw new Error(`模拟器没有办成：${why}`);
  }
  return body;
}

export function get(path, params = {}) {
  const query = new URLSearchParams(params).toString();
  return answer(fetch(query ? `${path}?${query}` : path, { headers: { Accept: "application/json" }, cache: "no-store" }));
}

export function post(path, body) {
  return answer(fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));
}

/** Sends a picture as this follower; `file` is a File or Blob of at most a phone's size. */
export function sendPicture(openid, file) {
  const form = new FormData();
  form.append("openid", openid);
  form.append("file", file, file.name ?? "picture.png");
  return answer(fetch("/sim/picture", { method: "POST", body: form }));
}
