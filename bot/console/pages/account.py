"""我的账户: password, codes, sessions."""

from __future__ import annotations

import io

import segno
from flask import flash, g, make_response, redirect, render_template, request, session, url_for

from bot.console import sessions
from bot.console.family import SIGNED_IN, Family, Page
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.staff import signing_in
from models.staff import Staff

page = Family("account", "我的账户", "我的", SIGNED_IN, order=90, entry="/console/account")
PENDING = "totp_pending"
WRONG = "原来的口令不对，或错得太多被锁定了 15 分钟。"


@page.get("/account")
def account() -> Page:
    """What can be changed."""
    return render_template("account/account.html", me=g.staff)


@page.post("/account/password", own=True, limit="10 per minute")
def change_password() -> Page:
    """A new password, after the old one."""
    old, new = request.form.get("old", ""), request.form.get("password", "")
    with reading(g.services.engine) as db:
        me = db.get_one(Staff, g.staff.id)
    if not _proved(me, old):
        return _problem(WRONG)
    problem = signing_in.weakness(new, me.name)
    if problem is None and new != request.form.get("again", ""):
        problem = "两次输入的新口令不一样。"
    if problem:
        return _problem(problem)
    kept = signing_in.hashed(new)  # slow, so outside the transaction
    with transaction(g.services.engine) as db:
        me = db.get_one(Staff, g.staff.id)
        signing_in.set_password(db, me, kept)
    sessions.begin(me)
    flash("口令已更换，其他设备上的登录都已退出。", "good")
    return redirect(url_for(".account"))


def _proved(me: Staff, password: str) -> bool:
    """Whether the person here knows the password; wrong ones count and lock as at the door."""
    right = signing_in.fits(me, password[:1000])
    with transaction(g.services.engine) as db:
        return signing_in.judge(db, me.id, right) is not None


def _problem(words: str) -> Page:
    flash(words, "bad")
    return redirect(url_for(".account"))


@page.post("/account/sessions")
def leave_everywhere() -> Page:
    """End all sessions, this one too."""
    signing_in.end_sessions(Actor(g.db, g.staff), g.staff)
    sessions.end()
    flash("所有设备上的登录都已退出。", "good")
    return redirect(url_for(".sign_in"))


@page.form("/account/totp")
def totp() -> Page:
    """Enrol an authenticator app: show the secret, ask for one code. Another phone takes its place only after the
    password was shown."""
    if g.staff.totp_secret is not None:
        flash("动态验证码已开启。换手机请先关闭，再重新开启。", "warn")
        return redirect(url_for(".account"))
    if request.method == "GET":
        session[PENDING] = signing_in.seal(g.services.codes_key, signing_in.new_secret())
        return _enrolment()
    secret = _pending()
    if secret and signing_in.enrol(g.db, g.services.codes_key, g.staff, secret, request.form.get("code", "")):
        session.pop(PENDING, None)
        flash("已开启。以后登录除口令外，还要输入手机上的 6 位数字。", "good")
        return redirect(url_for(".account"))
    return _enrolment("验证码不对，请输入手机上最新的 6 位数字。")


@page.form("/account/totp/off", own=True, limit="10 per minute")
def totp_off() -> Page:
    """Ask for codes no more, once the person has shown the password: an unattended screen must not do."""
    if request.method == "GET":
        return render_template("account/totp_off.html")
    if not _proved(g.staff, request.form.get("password", "")):
        return render_template("account/totp_off.html", problem=WRONG)
    with transaction(g.services.engine) as db:
        me = db.get_one(Staff, g.staff.id)
        signing_in.drop_codes(Actor(db, me), me)
    sessions.begin(me)
    flash("已关闭动态验证码。", "good")
    return redirect(url_for(".account"))


@page.get("/account/totp.svg")
def totp_picture() -> Page:
    """The QR code of the enrolment under way."""
    secret, out = _pending(), io.BytesIO()
    if secret is None:
        return "", 404
    said = signing_in.address_for_app(g.staff, secret, g.services.config.privacy.operator_name)
    segno.make(said, error="m").save(out, kind="svg", scale=5, border=3, xmldecl=True)
    answer = make_response(out.getvalue())
    answer.headers["Content-Type"] = "image/svg+xml"
    return answer


def _enrolment(problem: str = "") -> Page:
    return render_template("account/totp.html", secret=_pending() or "", problem=problem)


def _pending() -> str | None:
    sealed = session.get(PENDING)
    return signing_in.unseal(g.services.codes_key, Staff(totp_secret=sealed)) if sealed else None
