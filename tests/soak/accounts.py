"""What the database says of a broadcast, held against what WeChat has really shown to each person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.core.db import reading
from models.outgoing import Broadcast, BroadcastState, Delivery, DeliveryState
from tests.support.town import Town

D = DeliveryState
UNDONE = (D.QUEUED, D.LEASED, D.SENDING)
CRASHED = "发送途中进程中断"  # the detail of a row whose worker died; other unknown rows had no answer


@dataclass(frozen=True)
class Row:
    """One delivery."""

    id: int
    openid: str
    state: DeliveryState
    errcode: int | None
    detail: str


@dataclass(frozen=True)
class Accounts:
    """All rows of a broadcast, and how often each person has seen its words."""

    rows: list[Row]
    received: dict[str, int]

    @property
    def states(self) -> Counter[DeliveryState]:
        """How many rows are in each state."""
        return Counter(row.state for row in self.rows)

    def of(self, state: DeliveryState) -> list[Row]:
        """The rows in a state."""
        return [row for row in self.rows if row.state is state]

    @property
    def crashed(self) -> list[Row]:
        """Unknown rows that a killed worker left."""
        return [row for row in self.of(D.UNKNOWN) if row.detail.startswith(CRASHED)]

    @property
    def unanswered(self) -> list[Row]:
        """Unknown rows whose call got no valid answer."""
        return [row for row in self.of(D.UNKNOWN) if not row.detail.startswith(CRASHED)]


def take(town: Town, broadcast_id: int, words: str) -> Accounts:
    """The accounts of this moment; `words` stand in no other message."""
    columns = (Delivery.id, Delivery.recipient, Delivery.state, Delivery.errcode, Delivery.detail)
    with reading(town.engine) as db:
        found = db.execute(select(*columns).where(Delivery.broadcast_id == broadcast_id)).all()
    rows = [Row(row.id, row.recipient or "", row.state, row.errcode, row.detail or "") for row in found]
    return Accounts(rows, town.sim("received", contains=words)["received"])


def progress(town: Town, broadcast_id: int) -> Counter[DeliveryState]:
    """How many rows are in each state just now."""
    query = select(Delivery.state, func.count().label("count")).where(Delivery.broadcast_id == broadcast_id)
    with reading(town.engine) as db:
        return Counter({row.state: row.count for row in db.execute(query.group_by(Delivery.state))})


def is_done(town: Town, broadcast_id: int) -> bool:
    """Whether the product says that nothing of it is left to do."""
    with reading(town.engine) as db:
        return db.scalar(select(Broadcast.state).where(Broadcast.id == broadcast_id)) is BroadcastState.DONE


def check(town: Town, accounts: Accounts, *, killed_threads: int, without_answer: int) -> None:
    """Nobody lost, nobody twice, and nothing said that is not so."""
    rows = {row.openid: row for row in accounts.rows if row.openid}
    _check_list(town, accounts)
    assert not [row for row in accounts.rows if row.state in UNDONE], accounts.states
    assert max(accounts.received.values(), default=0) == 1, "somebody got it twice"
    for row in accounts.of(D.SENT):
        assert accounts.received.get(row.openid) == 1, f"row {row.id} is sent, but nobody saw it"
    for state in (D.REFUSED, D.WAITING_CONTACT):
        seen = [row.id for row in accounts.of(state) if row.openid in accounts.received]
        assert not seen, f"these rows are {state.value}, but were seen: {seen}"
    _check_reasons(town, rows)
    assert len(accounts.crashed) <= killed_threads
    assert len(accounts.unanswered) <= without_answer
    assert not [row for row in accounts.of(D.CANCELLED) if row.openid]


def _check_list(town: Town, accounts: Accounts) -> None:
    """Everybody has one row. Of those who do not follow, a comparison with WeChat's list may have come first: then
    nothing is sent to them, and the row keeps no openid or was never made."""
    people, listed = town.people, Counter(row.openid for row in accounts.rows)
    erased, missing = listed.pop("", 0), Counter(people.all) - listed
    assert max(listed.values()) == 1, "somebody has two rows"
    assert set(listed) <= set(people.all)
    assert erased <= missing.total()
    assert set(missing) <= {*people.gone, *people.strangers}, f"missing: {len(missing)}"


def _check_reasons(town: Town, rows: dict[str, Row]) -> None:
    """Whoever did not get it is one of those who cannot."""
    people = town.people
    reachable = [rows[openid] for openid in (*people.wrote, *people.silent)]
    lost = [row for row in reachable if row.state not in (D.SENT, D.UNKNOWN)]
    assert not lost, f"lost: {Counter((row.state.value, row.errcode, row.detail) for row in lost)}"
    expected = ((people.refusing, 48002), (people.gone, 45015))
    for openids, errcode in expected:
        for row in (rows[openid] for openid in openids if openid in rows):
            assert row.state is D.UNKNOWN or (row.state, row.errcode) == (D.WAITING_CONTACT, errcode), row
    for row in (rows[openid] for openid in people.strangers if openid in rows):
        struck_out = row.state is D.WAITING_CONTACT and row.errcode is None  # while somebody held the row
        assert struck_out or row.state in (D.REFUSED, D.UNKNOWN), row
