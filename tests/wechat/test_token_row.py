"""One token for all threads and processes; asked for once, renewed in time, disputed with care."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import Engine, update

from bot.core import clock
from bot.core.db import reading, transaction
from bot.wechat.account import Account
from bot.wechat.errors import ApiError, Outcome
from bot.wechat.token import Grant, TokenStore
from models.wechat import AccessToken, token_row
from tests.support import forked
from tests.wechat.wire import ACCOUNT, NOW, SECRET, Api, Reply, Request


def row(engine: Engine) -> AccessToken:
    with reading(engine) as db:
        found = token_row(db, ACCOUNT.appid)
    assert found is not None
    return found


def change(engine: Engine, **values: object) -> None:
    with transaction(engine) as db:
        db.execute(update(AccessToken).values(**values))


def in_threads(count: int, work: Callable[[], str]) -> set[str]:
    start = threading.Barrier(count)

    def together() -> str:
        start.wait()
        return work()

    with ThreadPoolExecutor(count) as pool:
        return {each.result() for each in [pool.submit(together) for _ in range(count)]}


@dataclass
class Asker:
    """A process that does a step for each line it hears, and prints what came of it."""

    running: forked.Forked
    hears: IO[str]
    says: IO[str]

    @classmethod
    def start(cls, *arguments: str) -> Asker:
        """Start it."""
        (stdin, hears), (says, out) = os.pipe(), os.pipe()
        running = forked.start(
            *arguments, script=Path(__file__).with_name("token_asker.py"), stdin=stdin, out=out
        )
        os.close(stdin)
        os.close(out)
        return cls(running, os.fdopen(hears, "w"), os.fdopen(says))

    def go_on(self) -> None:
        """Let it do its next step."""
        self.hears.write("\n")
        self.hears.flush()

    def stop(self) -> None:
        """End it, if it has not ended."""
        self.running.kill()
        self.running.wait(20)
        self.hears.close()
        self.says.close()


def test_twenty_threads_ask_once(api: Api, account: Account, engine: Engine) -> None:
    api.token_wait = 0.2
    store = TokenStore(engine, account)
    assert in_threads(20, store.get) == {"TOKEN1"}
    assert len(api.fetches) == 1
    assert in_threads(20, lambda: store.refresh("TOKEN1")) == {"TOKEN2"}
    assert len(api.fetches) == 2


def test_eight_processes_ask_once_for_each_token(api: Api, account: Account, engine: Engine) -> None:
    api.token_wait = 0.3
    url = engine.url.render_as_string(hide_password=False)
    askers = [Asker.start(url, api.url) for _ in range(8)]
    try:
        assert {each.says.readline() for each in askers} == {"ready\n"}
        for token in ("TOKEN1\n", "TOKEN2\n"):
            for each in askers:
                each.go_on()
            assert {each.says.readline() for each in askers} == {token}
    finally:
        for each in askers:
            each.stop()
    assert len(api.fetches) == 2


def test_the_secret_goes_in_the_body_and_force_is_not_the_rule(
    api: Api, account: Account, engine: Engine
) -> None:
    TokenStore(engine, account).get()
    (fetch,) = api.fetches
    assert fetch.method == "POST"
    assert fetch.query == {}
    assert fetch.json == {
        "grant_type": "client_credential",
        "appid": account.appid,
        "secret": SECRET,
        "force_refresh": False,
    }


def test_a_token_is_used_until_four_minutes_before_its_end(
    api: Api, account: Account, engine: Engine
) -> None:
    store = TokenStore(engine, account)
    with clock.frozen(NOW):
        assert store.get() == "TOKEN1"
    with clock.frozen(NOW + timedelta(seconds=7200 - 241)):
        assert store.get() == "TOKEN1"
        assert TokenStore(engine, account).get() == "TOKEN1"
    with clock.frozen(NOW + timedelta(seconds=7200 - 239)):
        assert store.get() == "TOKEN2"


def test_while_it_is_renewed_the_old_one_serves(api: Api, account: Account, engine: Engine) -> None:
    store = TokenStore(engine, account)
    with clock.frozen(NOW):
        store.get()
    near = NOW + timedelta(seconds=7000)
    change(engine, refreshing_until=near + timedelta(seconds=5))
    with clock.frozen(near):
        assert store.get() == "TOKEN1"
    assert len(api.fetches) == 1


def test_when_renewing_fails_the_old_one_serves_to_its_end(
    api: Api, account: Account, engine: Engine
) -> None:
    store = TokenStore(engine, account)
    with clock.frozen(NOW):
        store.get()
    api.answers["/cgi-bin/stable_token"] = lambda _: Reply({"errcode": -1, "errmsg": "system error"})
    with clock.frozen(NOW + timedelta(seconds=7000)):
        assert store.get() == "TOKEN1"
    with clock.frozen(NOW + timedelta(seconds=7201)), pytest.raises(ApiError):
        store.get()


def test_a_fetcher_that_died_is_taken_over(api: Api, account: Account, engine: Engine) -> None:
    store = TokenStore(engine, account)
    store.get()
    change(engine, token=None, refreshing_until=clock.now() + timedelta(seconds=0.5))
    assert store.refresh("TOKEN1") == "TOKEN2"
    assert row(engine).refreshing_until is None


def test_a_claim_from_a_clock_that_was_put_back_holds_nobody_up(
    api: Api, account: Account, engine: Engine
) -> None:
    store = TokenStore(engine, account)
    store.get()
    change(engine, refreshing_until=clock.now() + timedelta(hours=3))
    assert store.refresh("TOKEN1") == "TOKEN2"


def test_who_was_overtaken_does_not_overwrite_the_newer_token(
    api: Api, account: Account, engine: Engine
) -> None:
    def slow(force: bool) -> Grant:
        change(engine, refreshing_until=None)  # as if our claim had run out …
        assert TokenStore(engine, account).get() == "TOKEN1"  # … and another process had been quicker
        return Grant("LATE", 7200)

    assert TokenStore(engine, account, slow).get() == "TOKEN1"
    assert row(engine).token == "TOKEN1"


def test_only_a_token_that_wechat_insists_on_is_forced_out(
    api: Api, account: Account, engine: Engine
) -> None:
    asked: list[bool] = []

    def fetch(force: bool) -> Grant:
        asked.append(force)
        return Grant("B" if True in asked else "A", 7200)

    store = TokenStore(engine, account, fetch)
    with clock.frozen(NOW):
        assert store.get() == "A"
        assert store.refresh("A") == "B"
        assert asked == [False, False, True]
        assert store.refresh("A") == "B"  # somebody else's late complaint about the old one
        assert asked == [False, False, True]


def test_a_token_that_is_always_refused_uses_up_no_forced_refreshes(
    api: Api, account: Account, engine: Engine
) -> None:
    asked: list[bool] = []

    def fetch(force: bool) -> Grant:
        asked.append(force)
        return Grant("SAME", 7200)

    store = TokenStore(engine, account, fetch)
    for minute in range(300):
        with clock.frozen(NOW + timedelta(minutes=minute)):
            assert store.refresh("SAME") == "SAME"
            assert store.refresh("SAME") == "SAME"
    assert asked.count(True) == 3  # one in two hours; WeChat allows twenty a day
    assert asked.count(False) <= 301  # and no second question about a token that was just confirmed


def test_a_short_lived_token_is_not_asked_for_in_a_loop(api: Api, account: Account, engine: Engine) -> None:
    api.answers["/cgi-bin/stable_token"] = lambda _: Reply({"access_token": "SHORT", "expires_in": 100})
    with clock.frozen(NOW):
        assert {TokenStore(engine, account).get() for _ in range(5)} == {"SHORT"}
    assert len(api.fetches) == 1
    with clock.frozen(NOW + timedelta(seconds=31)):
        TokenStore(engine, account).get()
    assert len(api.fetches) == 2


REFUSALS = {
    40164: (Outcome.ADMIN, "IP 白名单"),
    40125: (Outcome.ADMIN, "AppSecret"),
    40001: (Outcome.ADMIN, "AppSecret"),
    40013: (Outcome.ADMIN, "AppID"),
    89503: (Outcome.ADMIN, "管理员"),
    45009: (Outcome.QUOTA, "额度"),
    45011: (Outcome.MINUTE, "下一分钟"),
    -1: (Outcome.LATER, "繁忙"),
}


@pytest.mark.parametrize("errcode", REFUSALS)
def test_a_refusal_is_told_to_everybody_and_asked_for_once(
    errcode: int, api: Api, account: Account, engine: Engine
) -> None:
    expected, words = REFUSALS[errcode]
    errmsg = "invalid ip 203.0.113.7, not in whitelist rid: 6aac005a-01bfdbee-79769285"
    api.answers["/cgi-bin/stable_token"] = lambda _: Reply({"errcode": errcode, "errmsg": errmsg})
    with clock.frozen(NOW):
        for _ in range(5):
            with pytest.raises(ApiError) as refused:
                TokenStore(engine, account).get()
            assert (refused.value.outcome, refused.value.errcode) == (expected, errcode)
            assert words in refused.value.advice
    assert len(api.fetches) == 1
    if errcode == 40164:
        assert "203.0.113.7" in refused.value.advice
    del api.answers["/cgi-bin/stable_token"]
    with clock.frozen(NOW + timedelta(minutes=11)):
        assert TokenStore(engine, account).get() == "TOKEN1"
    assert row(engine).last_errcode is None


BAD_ANSWERS: dict[str, Reply] = {
    "an HTML page": Reply(b"<html>502</html>", 502, "text/html"),
    "an HTML page with 200": Reply(b"<html>login</html>", 200, "text/html"),
    "nothing": Reply(b""),
    "no token": Reply({"expires_in": 7200}),
    "a token without life": Reply({"access_token": "x"}),
    "a token that is too long to keep": Reply({"access_token": "x" * 601, "expires_in": 7200}),
    "a broken line": Reply(hang_up=True),
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_without_a_proper_answer_it_is_later(case: str, api: Api, account: Account, engine: Engine) -> None:
    api.answers["/cgi-bin/stable_token"] = lambda _: BAD_ANSWERS[case]
    with pytest.raises(ApiError) as failed:
        TokenStore(engine, account).get()
    assert failed.value.outcome is Outcome.LATER
    assert failed.value.errcode is None
    assert len(api.fetches) == 1


def test_nobody_listening_is_later_too(account: Account, engine: Engine) -> None:
    with pytest.raises(ApiError) as failed:
        TokenStore(engine, replace(account, api_base="http://127.0.0.1:1")).get()
    assert failed.value.outcome is Outcome.LATER


def test_no_secret_stands_in_the_row_or_the_error(api: Api, account: Account, engine: Engine) -> None:
    def echo(request: Request) -> Reply:
        return Reply({"errcode": 40125, "errmsg": f"invalid secret={request.json['secret']}"})

    api.answers["/cgi-bin/stable_token"] = echo
    with pytest.raises(ApiError) as failed:
        TokenStore(engine, account).get()
    assert SECRET not in f"{failed.value} {failed.value.advice} {row(engine).last_error} {account!r}"


def test_no_transaction_is_open_while_wechat_is_asked(api: Api, account: Account, engine: Engine) -> None:
    written: list[str] = []

    def fetch(force: bool) -> Grant:
        with transaction(engine) as db:  # would wait for ever if the caller held one
            written.append(str(db.get_bind().dialect.name))
        return Grant("A", 7200)

    assert TokenStore(engine, account, fetch).get() == "A"
    assert written == [engine.dialect.name]
