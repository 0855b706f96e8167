"""留言: answer people who asked for a person, take them over, close what needs no answer, tell by phone what did not arrive."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, make_response, redirect, render_template, request, url_for

from bot.chat import answering
from bot.console.family import Family, Page
from bot.console.pages.messages import message_list
from bot.console.pages.messages.person import arrival, needs_phone, person_page
from bot.core.refusals import NotFound, Refused
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.messages import MessageAnswer, StaffMessage

page = Family("messages", "留言", "工作", Right.MESSAGE_ANSWER, order=5, entry="/console/messages")
UNKNOWN = "没有这条留言，请从留言列表里进入。"


@page.get("/messages")
def messages() -> Page:
    """Who waits comes first."""
    return render_template(
        "messages/index.html",
        waiting=message_list.waiting(g.db),
        untold=message_list.untold(g.db),
        settled=message_list.settled(g.db),
        shown=message_list.shown,
    )


@page.form("/messages/<int:message_id>")
def message(message_id: int) -> Page:
    """One person: what they said; and the answer, sent."""
    if request.method == "GET":
        return _shown(_message(message_id))
    text = request.form.get("text", "")
    return _done(message_id, lambda row: answering.answer(_actor(), row, text, upto=_upto(row)), text=text)


@page.post("/messages/<int:message_id>/take")
def take_message(message_id: int) -> Page:
    """Look after this person."""
    answering.take(_actor(), _message(message_id))
    flash("已认领：同事会看到这位由您负责。", "good")
    return redirect(url_for(".message", message_id=message_id))


@page.post("/messages/<int:message_id>/finish")
def finish_message(message_id: int) -> Page:
    """Close it without an answer by WeChat."""
    remark = request.form.get("remark", "")
    return _done(
        message_id, lambda row: answering.finish(_actor(), row, remark, upto=_upto(row)), remark=remark
    )


@page.form("/messages/answers/<int:answer_id>/told")
def tick_answer_told(answer_id: int) -> Page:
    """A colleague has told the answer by phone."""
    row = g.db.get(MessageAnswer, answer_id)
    if row is None:
        raise NotFound(UNKNOWN)
    if request.method == "GET":
        return render_template("messages/told.html", row=row, problem="", remark="已打电话告知本人。")
    remark = request.form.get("remark", "")
    try:
        answering.tick_told(_actor(), row, remark)
    except Refused as error:
        return make_response(
            render_template("messages/told.html", row=row, problem=error, remark=remark), 422
        )
    flash("已登记为电话告知。", "good")
    return redirect(url_for(".messages"))


@page.form("/messages/<int:message_id>/numbers", frozenset({Right.CONTACT_UNMASK}))
def message_numbers(message_id: int) -> Page:
    """The talk with the numbers in it, once, for a reason that the audit trail keeps."""
    row, reason = _message(message_id), request.form.get("reason", "")
    if request.method == "GET":
        return render_template("messages/numbers.html", row=row, problem="", reason="")
    try:
        answering.unmask(_actor(), row, reason)
    except Refused as error:
        return make_response(
            render_template("messages/numbers.html", row=row, problem=error, reason=reason), 422
        )
    answer = make_response(_shown(row, unmasked=True))
    answer.headers["Content-Disposition"] = "inline"  # an answer in itself: the row in the trail stays
    return answer


def _done(
    message_id: int, act: Callable[[StaffMessage], object], *, text: str = "", remark: str = ""
) -> Page:
    """Do it and go on to the next person who waits; a refusal shows the page again with what was typed."""
    row = _message(message_id)
    try:
        with g.db.begin_nested():
            act(row)
    except Refused as error:
        return make_response(_shown(row, problem=str(error), text=text, remark=remark), 422)
    g.db.flush()
    flash(_what_follows(row), "good")
    return redirect(url_for(".messages"))


def _what_follows(row: StaffMessage) -> str:
    later = any(one.handled_at is None for one in _waiting_of(row))
    done = "已办。" if request.path.endswith("/finish") else "答复已交给微信；送不到的会列在「要打电话」里。"
    return f"{done}对方刚才又留了话，还在等。" if later else done


def _waiting_of(row: StaffMessage) -> tuple[StaffMessage, ...]:
    mine = (one for one in message_list.waiting(g.db) if one.newest.openid == row.openid and row.openid)
    return next((one.messages for one in mine), ())


def _shown(
    row: StaffMessage, *, unmasked: bool = False, problem: str = "", text: str = "", remark: str = ""
) -> str:
    found = person_page(g.services, g.db, g.staff, row)
    return render_template(
        "messages/person.html",
        page=found,
        words=(lambda words: words) if unmasked else message_list.shown,
        unmasked=unmasked,
        arrival=lambda said: arrival(g.db, said),
        needs_phone=lambda said: needs_phone(g.db, said),
        problem=problem, text=text, remark=remark, most=answering.MOST,
    )  # fmt: skip


def _message(message_id: int) -> StaffMessage:
    row: StaffMessage | None = g.db.get(StaffMessage, message_id) if message_id < 2**63 else None
    if row is None:
        raise NotFound(UNKNOWN)
    return row


def _upto(row: StaffMessage) -> int:
    """The newest message that the colleague saw; a form without it means the one that it was opened for."""
    said = request.form.get("upto", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else row.id


def _actor() -> ServiceActor:
    return ServiceActor(g.db, g.staff, g.services)
