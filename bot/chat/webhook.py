"""The webhook: GET echo; POST verify, decrypt, once, route, answer in time (design §5, platform §1–§3)."""

from __future__ import annotations

import secrets
from functools import partial

from flask import Blueprint, Response, request

from bot.chat.budget import Budget
from bot.chat.pace import Pace
from bot.chat.router import Routes
from bot.chat.turn import take_turn, withdraw_late_reply
from bot.core import clock
from bot.core.logs import get_logger, new_incident
from bot.runtime.services import Services
from bot.wechat.account import Account
from bot.wechat.envelope import open_with_key, seal, verify_echo
from bot.wechat.inbound import Incoming, from_fields
from bot.wechat.refusal import PushRefused
from bot.wechat.replies import Text, render

log = get_logger(__name__)
ACKNOWLEDGED = "success"
BUSY = "您好，系统正忙，这条消息没有收到（编号 {incident}）。请过一分钟再发一次；紧急情况请拨打110、119、120，其他问题可拨打12345。"


def blueprint(services: Services, routes: Routes, account: Account) -> Blueprint:
    """The two forms of /wechat, with and without a final slash."""
    bp = Blueprint("wechat", __name__)
    turn, withdraw = partial(take_turn, services, routes, Pace()), partial(withdraw_late_reply, services)
    budget = Budget(turn, withdraw, services.config.server.threads * 2)
    largest = services.config.server.max_body_bytes

    @bp.get("/wechat", strict_slashes=False)
    def verify() -> Response:
        try:
            return _plain_text(verify_echo(request.args, account, clock.now()))
        except PushRefused as refused:
            return _refusal_response(refused)

    @bp.post("/wechat", strict_slashes=False)
    def receive() -> Response:
        if (request.content_length or 0) > largest:
            return _plain_text("消息过大", 413)
        body = request.stream.read(largest + 1)
        if len(body) > largest:
            return _plain_text("消息过大", 413)
        try:
            fields, key = open_with_key(request.args, body, account, clock.now())
        except PushRefused as refused:
            if refused.ahead is not None:
                services.drift.refuse(refused.ahead)
            return _refusal_response(refused)
        services.drift.accept()
        incoming = from_fields(fields)
        if incoming is None:
            return _plain_text(ACKNOWLEDGED)
        return _xml_response(_answer(incoming), account, key)

    def _answer(incoming: Incoming) -> str:
        """The reply; when even the transaction failed, an honest sentence instead of WeChat's failure line."""
        try:
            return budget.answer(incoming)
        except Exception:
            incident = new_incident()
            log.exception("turn_failed", incident=incident)
            if incoming.kind == "event":
                return ""
            words = Text(BUSY.format(incident=incident))
            return render(words, to=incoming.openid, sender=incoming.account_id, at=clock.now())

    return bp


def _xml_response(xml: str, account: Account, key: str | None) -> Response:
    if not xml:
        return _plain_text(ACKNOWLEDGED)
    if key is not None:
        xml = seal(xml, account, secrets.token_hex(8), int(clock.now().timestamp()), key)
    return Response(xml, content_type="application/xml; charset=utf-8")


def _refusal_response(refused: PushRefused) -> Response:
    log.warning("refused", status=refused.status, reason=refused.reason.value)
    if refused.authentic:
        return _plain_text(ACKNOWLEDGED)  # it is WeChat's: an error would only make it ask twice more
    return _plain_text(refused.reason.value, refused.status)


def _plain_text(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
