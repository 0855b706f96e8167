"""登录: password, code, one-time link, signing out."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, session, url_for
from sqlalchemy.orm import Session

from bot.console import sessions
from bot.console.addresses import inside
from bot.console.devices import remembered, try_by
from bot.console.family import PUBLIC, SIGNED_IN, Family, Page
from bot.console.typed import line
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.staff import sessions as staff_sessions
from bot.staff import signing_in
from bot.staff.tries import FREE, Try
from models.staff import Staff, find_staff

page = Family("sign_in", "登录", "我的", PUBLIC)
WRONG = "姓名或口令不对；连续错 5 次要等一会儿再试，越错等得越久，最长 15 分钟。忘记口令请找管理员要新的登录链接。"
CODE_WRONG = "动态验证码不对或已用过，请看手机上最新的 6 位数字；错得多了要等一会儿再试，最长 15 分钟。"


@page.form("/sign-in", own=True, limit="30 per minute")
def sign_in() -> Page:
    """Ask for the name and the password."""
    if request.method == "GET":
        if g.staff is not None:
            return redirect(_next())
        return _form()
    name, password = line("name", 64), request.form.get("password", "")
    with reading(g.services.engine) as db:
        known = find_staff(db, name)
    one = try_by(name, known)
    right = signing_in.fits(known, password[:1000])  # slow, so outside a transaction
    with transaction(g.services.engine) as db:
        person = signing_in.judge(db, one, right)
        if person is not None and person.totp_secret is None:
            _let_in(db, person, one)
    if person is None:
        return _form(WRONG, name)
    if person.totp_secret is not None:
        sessions.halfway(person)
        return redirect(url_for(".sign_in_code", next=request.values.get("next")))
    return remembered(redirect(_next()), person)


@page.form("/sign-in/code", own=True, limit="30 per minute")
def sign_in_code() -> Page:
    """Ask for the code of the authenticator app, or for a recovery code."""
    if request.method == "GET":
        with reading(g.services.engine) as db:
            known = sessions.half(db) is not None
        return render_template("sign_in/sign_in_code.html") if known else redirect(url_for(".sign_in"))
    with transaction(g.services.engine) as db:
        person = sessions.half(db, lock=True)
        if person is None:
            sessions.halfway(None)
            flash("等得太久了，请重新登录。", "warn")
            return redirect(url_for(".sign_in"))
        good = signing_in.check_code(db, g.services.codes_key, person, line("code", 40))
        if good:
            _let_in(db, person, try_by(person.name, person))
    if not good:
        return render_template("sign_in/sign_in_code.html", problem=CODE_WRONG)
    return remembered(redirect(_next()), person)


def _let_in(db: Session, person: Staff, one: Try) -> None:
    """Said once how often somebody else has tried, then forgotten."""
    wrong = person.failed_sign_ins
    signing_in.admit(db, person, one)
    sessions.begin(db, person)
    if wrong >= FREE:
        flash(f"上次登录以来，您的口令或验证码被输错过 {wrong} 次。不是您本人，请更换口令。", "warn")


@page.post("/sign-out", SIGNED_IN)
def sign_out() -> Page:
    """End this session: its row goes, so that a copy of the cookie opens nothing."""
    staff_sessions.end(Actor(g.db, g.staff), g.staff, g.session.id)
    sessions.forget()
    flash("已退出登录。", "good")
    return redirect(url_for(".sign_in"))


@page.form("/welcome/<link:token>", own=True, limit="30 per minute")
def welcome(token: str) -> Page:
    """The one-time link: choose a password."""
    with reading(g.services.engine) as db:
        person = signing_in.invited(db, token)
    if person is None:
        return render_template("sign_in/welcome_gone.html"), 410
    if request.method == "GET":
        return render_template("sign_in/welcome.html", person=person)
    password = request.form.get("password", "")
    problem = signing_in.weakness(password, person.name)
    if problem is None and password != request.form.get("again", ""):
        problem = "两次输入的口令不一样，请重新输入。"
    if problem:
        return render_template("sign_in/welcome.html", person=person, problem=problem)
    kept = signing_in.hashed(password)  # slow, so outside the transaction
    with transaction(g.services.engine) as db:
        owner = signing_in.invited(db, token, lock=True)  # the link may have been used in the meantime
        if owner is None:
            return render_template("sign_in/welcome_gone.html"), 410
        signing_in.set_password(db, owner, kept)
    session.clear()
    flash("口令已设置，请登录。", "good")
    return redirect(url_for(".sign_in"))


def _form(problem: str = "", name: str = "") -> Page:
    return render_template(
        "sign_in/sign_in.html", problem=problem, name=name, next=request.values.get("next")
    )


def _next() -> str:
    """Where the person wanted to go, if it is one of our pages."""
    return inside(request.values.get("next"))
