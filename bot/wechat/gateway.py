"""The calls that we make to WeChat, each thin and typed: arguments in, Answer out (platform §5–§10).

A call with a stale token is repeated once with a new one (platform §4.2). A call that may be repeated is tried a few
times more when WeChat is busy. No method raises for what WeChat or the network does, except `media_get`, which has
to return a file.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine

from bot.wechat.account import Account
from bot.wechat.errors import ApiError, Outcome
from bot.wechat.token import TokenStore, stable_token
from bot.wechat.transport import Answer, Call, Media, Safety, Transport

__all__ = ["Answer", "Gateway", "Media", "connect"]

Payload = Mapping[str, Any]
# Gets path, answer and seconds of each call, for metrics; no tokens or openids.
Observer = Callable[[str, Answer, float], None]
BUSY = -1
BUSY_PAUSES = (0.3, 1.0)  # seconds before the second and third try of a call that may be repeated


class Gateway:
    """WeChat's API for one account. Safe to share between threads; never call it inside a transaction."""

    def __init__(
        self,
        account: Account,
        tokens: TokenStore,
        transport: Transport | None = None,
        observe: Observer | None = None,
    ) -> None:
        self.account = account
        self._tokens = tokens
        self._transport = transport or Transport(account)
        self._observe = observe

    # customer-service messages

    def send_custom(self, openid: str, payload: Payload) -> Answer:
        """One message inside the person's window. `payload` has msgtype and its object (platform §5.2)."""
        return self._post("message/custom/send", {"touser": openid, **payload}, Safety.ONCE)

    def typing(self, openid: str, on: bool = True) -> Answer:
        """Show or hide "正在输入" (platform §5.5)."""
        command = "Typing" if on else "CancelTyping"
        return self._post("message/custom/typing", {"touser": openid, "command": command}, Safety.KEYED)

    # mass sending: `clientmsgid` makes a repeat safe for 24 h; 45065 is SENT and carries the msg_id

    def mass_send_openids(self, openids: Sequence[str], payload: Payload, clientmsgid: str) -> Answer:
        """A job for 2 to 10,000 people; its result comes as MASSSENDJOBFINISH."""
        body = {"touser": list(openids), **payload, "clientmsgid": clientmsgid}
        return self._post("message/mass/send", body, Safety.KEYED)

    def mass_send_tag(self, tag_id: int | None, payload: Payload, clientmsgid: str) -> Answer:
        """A job for everybody with a tag, or for all followers when the tag is None."""
        audience = {"is_to_all": True} if tag_id is None else {"is_to_all": False, "tag_id": tag_id}
        body = {"filter": audience, **payload, "clientmsgid": clientmsgid}
        return self._post("message/mass/sendall", body, Safety.KEYED)

    def mass_get(self, msg_id: str) -> Answer:
        """`msg_status` of a job: SEND_SUCCESS, SENDING, SEND_FAIL or DELETE; no counts."""
        return self._post("message/mass/get", {"msg_id": msg_id}, Safety.READ)

    def mass_preview(self, openid: str, payload: Payload) -> Answer:
        """Show a mass message to one person."""
        return self._post("message/mass/preview", {"touser": openid, **payload}, Safety.ONCE)

    # template messages and subscription notices

    def template_send(self, openid: str, payload: Payload) -> Answer:
        """A template message; a `client_msg_id` in the payload makes a repeat safe for 10 minutes (§7.1)."""
        safety = Safety.KEYED if payload.get("client_msg_id") else Safety.ONCE
        return self._post("message/template/send", {"touser": openid, **payload}, safety)

    def subscribe_send(self, openid: str, payload: Payload) -> Answer:
        """A subscription notice that the person has agreed to (§7.2)."""
        return self._post("message/subscribe/bizsend", {"touser": openid, **payload}, Safety.ONCE)

    # media, drafts, publishing

    def media_get(self, media_id: str) -> Media:
        """A file that somebody sent; it is kept three days. Raises ApiError."""
        call = Call("GET", "/cgi-bin/media/get", Safety.READ, params={"media_id": media_id}, binary=True)
        answer = self._call(call)
        if answer.ok and answer.data.get("video_url"):
            answer = self._transport.download(str(answer.data["video_url"]))
        if answer.media is None:
            raise (
                answer.error()
                if not answer.ok
                else ApiError(None, "no file", Outcome.BROKEN, "微信没有给出文件。")
            )
        return answer.media

    def media_upload(self, kind: str, name: str, content: bytes, content_type: str) -> Answer:
        """A temporary `media_id` for an image, voice, video or thumb; it is kept three days (§6.4)."""
        return self._upload("media/upload", name, content, content_type, Safety.READ, {"type": kind})

    def uploadimg(self, name: str, content: bytes, content_type: str) -> Answer:
        """The `url` of a picture inside an article: jpg or png under 1 MB."""
        return self._upload("media/uploadimg", name, content, content_type, Safety.READ)

    def add_material(
        self, kind: str, name: str, content: bytes, content_type: str, description: Payload | None = None
    ) -> Answer:
        """A permanent `media_id`; a video needs a `description` with title and introduction."""
        form = {"description": json.dumps(description, ensure_ascii=False)} if description else None
        return self._upload(
            "material/add_material", name, content, content_type, Safety.ONCE, {"type": kind}, form
        )

    def draft_add(self, articles: Sequence[Payload]) -> Answer:
        """The `media_id` of a new draft (§6.2)."""
        return self._post("draft/add", {"articles": list(articles)}, Safety.ONCE)

    def freepublish_submit(self, media_id: str) -> Answer:
        """The `publish_id` of a publishing job; its result comes as PUBLISHJOBFINISH."""
        return self._post("freepublish/submit", {"media_id": media_id}, Safety.ONCE)

    def freepublish_get(self, publish_id: str) -> Answer:
        """`publish_status` and the article's addresses (§6.3)."""
        return self._post("freepublish/get", {"publish_id": publish_id}, Safety.READ)

    # menu

    def menu_create(self, menu: Payload) -> Answer:
        """Replace the whole menu (§9)."""
        return self._post("menu/create", menu, Safety.READ)

    def menu_get(self) -> Answer:
        """The menu; 46003, no menu yet, counts as SENT without data of its own."""
        return self._get("menu/get")

    def menu_delete(self) -> Answer:
        """Delete the menu and all conditional ones."""
        return self._get("menu/delete")

    # people and tags

    def user_get(self, next_openid: str = "") -> Answer:
        """Up to 10,000 followers behind `next_openid`; the last page may be empty (§8)."""
        return self._get("user/get", {"next_openid": next_openid} if next_openid else {})

    def user_info(self, openid: str) -> Answer:
        """Whether and since when a person follows, remark and tags; never a name."""
        return self._get("user/info", {"openid": openid, "lang": "zh_CN"})

    def user_batchget(self, openids: Sequence[str]) -> Answer:
        """`user_info_list` of up to 100 people."""
        people = [{"openid": openid, "lang": "zh_CN"} for openid in openids]
        return self._post("user/info/batchget", {"user_list": people}, Safety.READ)

    def tags_create(self, name: str) -> Answer:
        """`tag` with the id of a new tag."""
        return self._post("tags/create", {"tag": {"name": name}}, Safety.ONCE)

    def tags_get(self) -> Answer:
        """All `tags` with their counts."""
        return self._get("tags/get")

    def tags_delete(self, tag_id: int) -> Answer:
        """Delete a tag."""
        return self._post("tags/delete", {"tag": {"id": tag_id}}, Safety.READ)

    def tag_members(self, tag_id: int, next_openid: str = "") -> Answer:
        """The openids with a tag, paged as in `user_get`."""
        return self._post("user/tag/get", {"tagid": tag_id, "next_openid": next_openid}, Safety.READ)

    def batchtagging(self, tag_id: int, openids: Sequence[str]) -> Answer:
        """Give up to 50 people a tag."""
        return self._post(
            "tags/members/batchtagging", {"openid_list": list(openids), "tagid": tag_id}, Safety.READ
        )

    def batchuntagging(self, tag_id: int, openids: Sequence[str]) -> Answer:
        """Take a tag from up to 50 people."""
        return self._post(
            "tags/members/batchuntagging", {"openid_list": list(openids), "tagid": tag_id}, Safety.READ
        )

    # the rest

    def qrcode_create(self, scene: str, expire_seconds: int | None = None) -> Answer:
        """The `ticket` of a parametric QR code; permanent ones, without `expire_seconds`, are limited (§10)."""
        action: dict[str, Any] = {"action_info": {"scene": {"scene_str": scene}}}
        if expire_seconds is None:
            return self._post("qrcode/create", {"action_name": "QR_LIMIT_STR_SCENE", **action}, Safety.READ)
        timed = {"action_name": "QR_STR_SCENE", "expire_seconds": expire_seconds}
        return self._post("qrcode/create", {**timed, **action}, Safety.READ)

    def quota_get(self, cgi_path: str) -> Answer:
        """`quota` of one interface, named as /cgi-bin/…; about 1 % inexact (§4.4)."""
        return self._post("openapi/quota/get", {"cgi_path": cgi_path}, Safety.READ)

    def callback_ip(self) -> Answer:
        """`ip_list`: where pushes come from."""
        return self._get("getcallbackip")

    def api_domain_ip(self) -> Answer:
        """`ip_list`: where the API is."""
        return self._get("get_api_domain_ip")

    # how a call is made

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        return self._call(Call("GET", f"/cgi-bin/{path}", Safety.READ, params=params or {}))

    def _post(self, path: str, body: Payload, safety: Safety) -> Answer:
        return self._call(Call("POST", f"/cgi-bin/{path}", safety, body=body))

    def _upload(
        self,
        path: str,
        name: str,
        content: bytes,
        content_type: str,
        safety: Safety,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        files = {"media": (name, content, content_type)}  # bytes, not a file: a repeat sends them again (B9)
        return self._call(Call("POST", f"/cgi-bin/{path}", safety, params or {}, files=files, form=form))

    def _call(self, call: Call) -> Answer:
        answer = self._send_with_token(call)
        for pause in BUSY_PAUSES if call.safety is Safety.READ else ():
            if answer.errcode != BUSY:
                break
            time.sleep(pause)
            answer = self._send_with_token(call)
        return answer

    def _send_with_token(self, call: Call) -> Answer:
        """Two requests at most, whatever WeChat says about the token (lessons B6)."""
        try:
            token = self._tokens.get()
            answer = self._send(call, token)
            if answer.outcome is not Outcome.TOKEN:
                return answer
            answer = self._send(call, self._tokens.refresh(token))
        except ApiError as error:
            return Answer(error.outcome, error.errcode, {}, error.advice)
        if answer.outcome is Outcome.TOKEN:  # not staleness but configuration: no third try
            return replace(answer, outcome=Outcome.ADMIN)
        return answer

    def _send(self, call: Call, token: str) -> Answer:
        started = time.monotonic()
        answer = self._transport.send(call, token)
        if self._observe is not None:
            self._observe(call.path, answer, time.monotonic() - started)
        return answer


def connect(engine: Engine, account: Account, observe: Observer | None = None) -> Gateway:
    """The gateway of an account, with its token kept in `engine`'s database."""
    transport = Transport(account)
    return Gateway(account, TokenStore(engine, account, stable_token(transport, account)), transport, observe)
