"""我的账户: password, codes, sessions."""

from __future__ import annotations

import io

import segno
from flask import flash, g, make_response, redirect, render_template, request, session, url_for

from bot.console import sessions
from bot.console.family import SIGNED_IN, Family, Page
from bot.console.typed import line
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.staff import recovery, signing_in
from bot.staff import sessions as staff_sessions
from bot.staff.tries import Try
from models.staff import Staff

page = Family("account", "我的账户", "我的", SIGNED_IN, order=90, entry="/console/account")
PENDING = "totp_pending"
WRONG = "口令不对，或错得太多，要等一会儿再试（最长 15 分钟）。"
ENROLLED = "动态验证码已开启，其他设备上的登录都已退出。以后登录除口令外，还要输入手机上的 6 位数字。"
RENEWED = "原来的恢复码都作废了。"


@page.get("/account")
def account() -> Page:
    """What can be changed, and where one is signed in."""
    return render_template(
        "account/account.html",
        me=g.staff,
        rows=staff_sessions.of(g.db, g.staff, g.services.config.console),
        this=g.session.id,
        codes=recovery.left(g.db, g.staff),
    )


@page.post("/account/password", own=True, limit="10 per minute")
def change_password() -> Page:
    """A new password, after the old one; all other browsers are out."""
    old, new = request.form.get("old", ""), request.form.get("password", "")
    me = _proved(old)
    if me is None:
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
        sessions.begin(db, me)
    flash("口令已更换，其他设备上的登录都已退出。", "good")
    return redirect(url_for(".account"))


def _proved(password: str) -> Staff | None:
    """The colleague here when they know the password; wrong ones count, for this browser's session."""
    with reading(g.services.engine) as db:
        me = db.get_one(Staff, g.staff.id)
    right = signing_in.fits(me, password[:1000])
    with transaction(g.services.engine) as db:
        return signing_in.judge(db, Try(me.name, f"session:{g.session.id}", known=True), right)


def _problem(words: str) -> Page:
    flash(words, "bad")
    return redirect(url_for(".account"))


@page.post("/account/sessions/<int:session_id>/end")
def leave_one(session_id: int) -> Page:
    """End one session: a browser that one does not use any more."""
    staff_sessions.end(Actor(g.db, g.staff), g.staff, session_id)
    flash("那一处已退出登录。", "good")
    return redirect(url_for(".account"))


@page.post("/account/sessions")
def leave_everywhere() -> Page:
    """End all sessions, this one too."""
    staff_sessions.end_all(Actor(g.db, g.staff), g.staff)
    sessions.forget()
    flash("所有设备上的登录都已退出。", "good")
    return redirect(url_for(".sign_in"))


@page.form("/account/totp", own=True, limit="10 per minute")
def totp() -> Page:
    """Enrol an authenticator app: show the secret, ask for one code. Another phone takes its place only after the
    password was shown."""
    if g.staff.totp_secret is not None:
        flash("动态验证码已开启。换手机请先关闭，再重新开启。", "warn")
        return redirect(url_for(".account"))
    if request.method == "GET":
        session[PENDING] = signing_in.seal(g.services.codes_key, signing_in.new_secret())
        return _enrolment()
    codes = _enrol(_pending(), line("code", 40))
    if codes is None:
        return _enrolment("验证码不对，请输入手机上最新的 6 位数字。")
    return render_template("account/recovery_codes.html", codes=codes, lead=ENROLLED)


def _enrol(secret: str | None, code: str) -> list[str] | None:
    """Who was signed in without a code is out, but for the browser here."""
    with transaction(g.services.engine) as db:
        me = db.get_one(Staff, g.staff.id, with_for_update={"of": Staff})
        known = secret is not None and me.totp_secret is None
        codes = signing_in.enrol(db, g.services.codes_key, me, secret, code) if secret and known else None
        if codes is not None:
            sessions.begin(db, me)
    return codes


@page.form("/account/totp/off", own=True, limit="10 per minute")
def totp_off() -> Page:
    """Ask for codes no more, once the person has shown the password: an unattended screen must not do."""
    if request.method == "GET":
        return render_template("account/totp_off.html")
    if _proved(request.form.get("password", "")) is None:
        return render_template("account/totp_off.html", problem=WRONG)
    with transaction(g.services.engine) as db:
        me = db.get_one(Staff, g.staff.id)
        signing_in.drop_codes(Actor(db, me), me)
        sessions.begin(db, me)
    flash("已关闭动态验证码。", "good")
    return redirect(url_for(".account"))


@page.form("/account/recovery", own=True, limit="10 per minute")
def recovery_codes() -> Page:
    """Ten new recovery codes, shown once, for somebody who has shown the password."""
    if g.staff.totp_secret is None:
        flash("先开启动态验证码，才有恢复码。", "warn")
        return redirect(url_for(".account"))
    if request.method == "GET":
        return render_template("account/recovery.html")
    if _proved(request.form.get("password", "")) is None:
        return render_template("account/recovery.html", problem=WRONG)
    with transaction(g.services.engine) as db:
        codes = recovery.renew(db, g.services.codes_key, db.get_one(Staff, g.staff.id))
    return render_template("account/recovery_codes.html", codes=codes, lead=RENEWED)


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
