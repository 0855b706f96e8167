"""The access token, one row for all threads and processes of all machines (lessons 1, 2, B6–B8).

A caller that finds it too old claims the refresh by a compare-and-set, asks WeChat outside of any transaction, and
writes the answer by another compare-and-set. All others read on, or wait for the row to change. When a fetcher
dies, another one takes over as soon as its claim runs out.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from bot.core import clock
from bot.core.db import insert_once, reading, transaction
from bot.wechat.account import Account
from bot.wechat.errors import ApiError, Outcome
from bot.wechat.transport import Call, Safety, Transport
from models.wechat import AccessToken, claim_refresh, is_being_refreshed, settle_refresh, token_row

# stable_token renews by itself 300 s before the expiry and names the same token until then (platform §4.1).
# Asking earlier is in vain; asking at 240 s gets the new one for sure and leaves the old one four minutes
# for requests that are under way.
MARGIN = timedelta(seconds=240)
# A token that comes with less life than MARGIN is used, not asked for in a loop.
ASK_AGAIN = timedelta(seconds=30)
TRUST_CHECK = timedelta(seconds=5)  # a refused token that WeChat has just confirmed is not disputed again
FORCE_PAUSE = timedelta(hours=2)  # 12 forced refreshes a day at most; WeChat allows 20
MEMORY = timedelta(seconds=5)  # how long a process uses what it has read without looking at the row
POLL = (0.05, 0.1)  # seconds between two looks of a caller that waits
PAUSES = {  # how long a failure is remembered, so that callers do not storm
    Outcome.LATER: timedelta(seconds=3),
    Outcome.MINUTE: timedelta(seconds=60),
    Outcome.QUOTA: timedelta(minutes=10),
}
OTHER_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True)
class Grant:
    """WeChat's answer: a token and its remaining life in seconds."""

    token: str = field(repr=False)
    expires_in: int


Fetch = Callable[[bool], Grant]  # the argument is force_refresh; raises ApiError


def stable_token(transport: Transport, account: Account) -> Fetch:
    """Fetches by POST stable_token, with the secret in the body where no log and no exception shows it (B4)."""

    def fetch(force: bool) -> Grant:
        body = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret}
        call = Call("POST", "/cgi-bin/stable_token", Safety.READ, body={**body, "force_refresh": force})
        answer = transport.send(call)
        if not answer.ok:
            raise _as_token_error(answer.error())
        token, life = answer.data.get("access_token"), answer.data.get("expires_in")
        if not isinstance(token, str) or not 0 < len(token) <= 600 or not isinstance(life, int) or life <= 0:
            raise _later_error("微信没有给出接口凭证，系统会稍后再试。")
        return Grant(token, life)

    return fetch


class TokenStore:
    """`get` a token to use; `refresh` one that was refused. Both raise ApiError when there is no token."""

    def __init__(self, engine: Engine, account: Account, fetch: Fetch | None = None) -> None:
        self._engine = engine
        self._appid = account.appid
        self._fetch = fetch or stable_token(Transport(account), account)
        # Two requests fit into one claim; a caller that waits outlives the claim of one that died, and fetches then.
        self._claim = timedelta(seconds=2 * (account.connect_timeout + account.read_timeout) + 2)
        self._patience = 2 * self._claim.total_seconds()
        self._remembered: tuple[AccessToken, datetime] | None = None

    def get(self) -> str:
        """A token that is good for at least the next minutes."""
        remembered, now = self._remembered, clock.now()
        if remembered and abs(now - remembered[1]) < MEMORY and _is_fresh(remembered[0], now):
            return str(remembered[0].token)
        return self._obtain(None)

    def refresh(self, refused: str) -> str:
        """Another token than the refused one if there is any. Asks WeChat only if nobody has done so yet."""
        self._remembered = None
        return self._obtain(refused)

    def _obtain(self, refused: str | None) -> str:
        give_up = time.monotonic() + self._patience
        while time.monotonic() < give_up:
            row, now = self._read_row(), clock.now()
            if _is_settled(row, refused, now):
                self._remembered = (row, now)
                return str(row.token)
            failure = _recent_failure(row, now)
            if failure is None and self._try_to_claim(row, now):
                self._renew(row, refused)
            elif refused is None and _is_alive(row, now):
                return str(row.token)  # it is being renewed, or cannot be just now; the old one still serves
            elif failure is not None:
                raise failure
            else:
                time.sleep(random.uniform(*POLL))  # noqa: S311 — spreads the callers, hides nothing
        raise _later_error("接口凭证正在更换，系统会稍后再试。")

    def _read_row(self) -> AccessToken:
        with reading(self._engine) as db:
            row = token_row(db, self._appid)
        if row is None:
            with transaction(self._engine) as db:
                insert_once(db, AccessToken, appid=self._appid, generation=0)
                row = token_row(db, self._appid)
        assert row is not None  # rows of this table are never deleted
        return row

    def _try_to_claim(self, row: AccessToken, now: datetime) -> bool:
        if is_being_refreshed(row, now, now + self._claim):
            return False  # a look costs nothing; a useless UPDATE would queue for the database
        with transaction(self._engine) as db:
            return claim_refresh(db, row, now, now + self._claim)

    def _renew(self, row: AccessToken, refused: str | None) -> None:
        """Fetch a token and write the result. No transaction is open while we ask: it may take many seconds."""
        asked, forced = clock.now(), row.forced_at
        try:
            grant = self._fetch(False)
            if grant.token == refused and (forced is None or asked - forced >= FORCE_PAUSE):
                grant, forced = self._fetch(True), asked
        except ApiError as error:
            self._settle_refresh(
                row,
                last_errcode=error.errcode,
                last_error=f"{error.outcome.name} {error.errmsg}"[:255],
                blocked_until=clock.now() + PAUSES.get(error.outcome, OTHER_PAUSE),
            )
            return
        except BaseException:
            self._settle_refresh(row)  # the next caller need not wait for the claim to end
            raise
        self._settle_refresh(
            row,
            token=grant.token,
            expires_at=asked + timedelta(seconds=grant.expires_in),
            fetched_at=asked,
            generation=row.generation + 1,
            checked_at=asked if grant.token == refused else None,
            forced_at=forced,
            last_errcode=None,
            last_error=None,
            blocked_until=None,
        )

    def _settle_refresh(self, row: AccessToken, **values: object) -> None:
        with transaction(self._engine) as db:
            settle_refresh(db, row, **values)


def _later_error(told: str) -> ApiError:
    return ApiError(None, told, Outcome.LATER, told)


def _is_alive(row: AccessToken, now: datetime) -> bool:
    return bool(row.token) and row.expires_at is not None and row.expires_at > now


def _is_fresh(row: AccessToken, now: datetime) -> bool:
    if not _is_alive(row, now) or row.expires_at is None or row.fetched_at is None:
        return False
    return row.expires_at - now > MARGIN or abs(now - row.fetched_at) < ASK_AGAIN


def _is_settled(row: AccessToken, refused: str | None, now: datetime) -> bool:
    """Whether the row's token is the one to use."""
    if not _is_fresh(row, now):
        return False
    return row.token != refused or (row.checked_at is not None and abs(now - row.checked_at) < TRUST_CHECK)


def _recent_failure(row: AccessToken, now: datetime) -> ApiError | None:
    """The last fetch's error while its pause lasts; it is as good as asking again, and kinder to WeChat."""
    if row.blocked_until is None or not now < row.blocked_until <= now + max(PAUSES.values()):
        return None
    name, _, errmsg = (row.last_error or "").partition(" ")
    if row.last_errcode is not None:
        return _as_token_error(ApiError.of(row.last_errcode, errmsg))
    return ApiError(None, errmsg, Outcome.__members__.get(name, Outcome.LATER), errmsg)


def _as_token_error(error: ApiError) -> ApiError:
    """Codes mean something else here: 40001 is a wrong secret (platform §13), and nothing was sent to anybody."""
    if error.outcome is Outcome.TOKEN:
        advice = "AppSecret 与 AppID 不匹配：请在微信开发者平台核对并重置 AppSecret，写入配置后重启服务。"
        return ApiError(error.errcode, error.errmsg, Outcome.ADMIN, advice)
    if error.outcome is Outcome.UNKNOWN:
        return ApiError(error.errcode, error.errmsg, Outcome.LATER, error.advice)
    return error
