"""A call is left in the transaction of the rows that it is for, once, and nobody waits for anybody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import reading, transaction
from bot.runtime import queue_calls
from bot.runtime.queue_workers import conninfo
from bot.runtime.services import Services
from bot.runtime.work import kinds
from models.appeals import Attachment, MediaState
from models.meanings import Meaning
from models.outgoing import (
    BatchState,
    Broadcast,
    BroadcastState,
    Channel,
    Delivery,
    DeliveryState,
    MassBatch,
    Publication,
    PublicationState,
)
from models.syncs import SyncRun, SyncState
from models.tags import Tag
from tests.runtime.queue.town import notice

ALL = sorted(kind.name for kind in kinds())


def waiting(engine: Engine) -> list[str]:
    with reading(engine) as db:
        return list(db.scalars(text("SELECT task_name FROM procrastinate_jobs ORDER BY task_name")))


def test_a_transaction_that_fails_leaves_no_call(services: Services) -> None:
    with pytest.raises(RuntimeError), transaction(services.engine) as db:
        services.rows_made(db)
        db.flush()
        raise RuntimeError
    assert waiting(services.engine) == []


def test_a_commit_leaves_one_call_a_kind_and_tells_it_at_once(services: Services) -> None:
    with psycopg.connect(conninfo(services.engine), autocommit=True) as listener:
        listener.execute('LISTEN "procrastinate_queue_v1#tongxin"')
        with transaction(services.engine) as db:
            services.rows_made(db)
            services.rows_made(db)
            assert waiting(services.engine) == []
            assert list(listener.notifies(timeout=0.2)) == []
        assert waiting(services.engine) == ALL
        assert len(list(listener.notifies(timeout=5, stop_after=len(ALL)))) == len(ALL)


def test_only_the_kinds_that_are_named_are_called(services: Services) -> None:
    with transaction(services.engine) as db:
        services.rows_made(db, "media")
        services.rows_made(db, "deliver")
    assert waiting(services.engine) == ["deliver", "media"]


def test_a_savepoint_is_no_end(services: Services) -> None:
    with transaction(services.engine) as db:
        services.rows_made(db, "media")
        with db.begin_nested():
            pass
        assert db.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0
    assert waiting(services.engine) == ["media"]


def test_a_thousand_transactions_leave_no_more_calls_than_one(services: Services) -> None:
    def many() -> None:
        for _ in range(125):
            with transaction(services.engine) as db:
                services.rows_made(db)

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waiting(services.engine) == ALL


def test_a_process_that_freezes_at_its_commit_holds_nobody(services: Services) -> None:
    with transaction(services.engine) as frozen:
        queue_calls.call(frozen, *ALL)  # as it happens just before a commit
        done = threading.Event()

        def other() -> None:
            with transaction(services.engine) as db:
                services.rows_made(db)
            done.set()

        threading.Thread(target=other).start()
        assert done.wait(5), "a commit waited for another transaction's call"
    assert waiting(services.engine) == ALL


def test_polling_processes_leave_no_calls(services: Services) -> None:
    delivery = replace(services.config.delivery, dispatcher="local")
    assert not queue_calls.is_in_use(replace(services.config, delivery=delivery))
    assert queue_calls.is_in_use(services.config)
    with transaction(services.engine) as db:
        replace(services, announcers=[]).rows_made(db)
    assert waiting(services.engine) == []


def test_the_kinds_of_every_room_are_found() -> None:
    assert ALL == ["deliver", "ledger", "mail", "mass", "meanings", "media", "prepare", "sync", "tags"]


def test_nothing_is_due_in_an_idle_service(services: Services) -> None:
    assert queue_calls.call_due(services.engine) == []
    assert waiting(services.engine) == []


def broadcast(db: Session, state: BroadcastState, **more: Any) -> Broadcast:
    moment = clock.now()
    made = Broadcast(
        key=f"b:{moment.timestamp()}", kind="broadcast", title="通知", form="text", payload={"text": "通知"},
        audience={}, ways="custom", urgent=True, state=state, created_at=moment,
        **{"prepared_at": moment, **more},
    )  # fmt: skip
    db.add(made)
    db.flush()
    return made


def single(db: Session, **more: Any) -> None:
    db.execute(insert(Delivery).values(**notice("o1", clock.now(), **more)))


def of_a_broadcast(db: Session, **more: Any) -> None:
    single(db, broadcast_id=broadcast(db, BroadcastState.SENDING).id, **more)


def job(db: Session, state: BatchState, **more: Any) -> None:
    moment = clock.now()
    sending = broadcast(db, BroadcastState.SENDING)
    db.add(MassBatch(broadcast_id=sending.id, clientmsgid="x", state=state, way="tag",
                     not_before=moment, created_at=moment, **more))  # fmt: skip


def article(db: Session) -> None:
    moment = clock.now()
    paused = broadcast(db, BroadcastState.PAUSED)
    values = {"broadcast_id": paused.id, "state": PublicationState.DRAFTING, "attempts": 0}
    db.add(Publication(**values, not_before=moment, created_at=moment))


def picture(db: Session) -> None:
    moment = clock.now()
    values = {"openid": "o1", "media_id": "m1", "kind": "image", "state": MediaState.PENDING}
    db.add(Attachment(**values, attempts=0, not_before=moment, created_at=moment))


def question(db: Session) -> None:
    db.add(Meaning(digest="0" * 64, model="any", text="执照丢了怎么补"))


def sync(db: Session) -> None:
    db.add(SyncRun(state=SyncState.LISTING, started_at=clock.now(), updated_at=clock.now()))


def tag(db: Session) -> None:
    db.add(Tag(name="会员", segment={}, created_at=clock.now()))


SECOND = timedelta(seconds=1)
DUE_ROWS: list[tuple[str, Callable[[Session], object]]] = [
    ("deliver", single),
    ("deliver", lambda db: single(db, channel=Channel.NOTICE)),
    ("deliver", of_a_broadcast),
    ("prepare", lambda db: of_a_broadcast(db, channel=None)),
    ("prepare", lambda db: single(db, channel=None)),
    ("prepare", lambda db: single(db, state=DeliveryState.LEASED, leased_until=clock.now() - SECOND)),
    ("prepare", lambda db: single(db, state=DeliveryState.SENDING, leased_until=clock.now() - SECOND)),
    ("prepare", lambda db: broadcast(db, BroadcastState.SCHEDULED, send_at=clock.now() - SECOND)),
    ("prepare", lambda db: broadcast(db, BroadcastState.PAUSED, resume_at=clock.now() - SECOND)),
    ("prepare", lambda db: broadcast(db, BroadcastState.SENDING, prepared_at=None)),
    ("prepare", lambda db: broadcast(db, BroadcastState.SENDING)),
    ("prepare", lambda db: single(db, broadcast_id=broadcast(db, BroadcastState.CANCELLED).id)),
    ("prepare", article),
    ("mass", lambda db: of_a_broadcast(db, channel=Channel.MASS)),
    ("mass", lambda db: job(db, BatchState.READY)),
    ("mass", lambda db: job(db, BatchState.SENDING, leased_until=clock.now() - SECOND)),
    ("mass", lambda db: job(db, BatchState.ACCEPTED, msg_id="1")),
    ("mass", lambda db: job(db, BatchState.DONE, tag_id=7)),
    ("meanings", question),
    ("media", picture),
    ("sync", sync),
    ("tags", tag),
]


@pytest.mark.parametrize(("kind", "rows"), DUE_ROWS)
def test_what_is_due_is_called_for(services: Services, kind: str, rows: Callable[[Session], object]) -> None:
    with transaction(services.engine) as db:
        rows(db)
    called = queue_calls.call_due(services.engine)
    assert kind in called
    assert waiting(services.engine) == sorted(called)


def test_what_lies_in_the_future_is_called_for_when_its_time_comes(services: Services) -> None:
    later = clock.now() + timedelta(minutes=5)
    with transaction(services.engine) as db:
        single(db, not_before=later)
    assert queue_calls.call_due(services.engine) == []
    with clock.frozen(later + SECOND):
        assert queue_calls.call_due(services.engine) == ["deliver"]


def test_a_million_sent_messages_are_not_read_to_learn_that_nothing_is_due(services: Services) -> None:
    rows = (
        "INSERT INTO deliveries (key, recipient, payload, state, channel, asked, attempts, not_before, created_at)"
        " SELECT 'm' || n, 'o' || n, '{}', 'sent', 'custom', false, 1, now(), now() FROM generate_series(1, 20000) n"
    )
    with services.engine.begin() as connection:
        connection.exec_driver_sql(rows)
    with services.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE deliveries")
        connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan")
        for kind in kinds():
            asked = select(kind.due).compile(dialect=services.engine.dialect)
            sql = str(asked) % {"moment": "$1"}
            connection.exec_driver_sql(
                f"PREPARE q (timestamptz) AS {sql.replace('$1::TIMESTAMP WITH TIME ZONE', '$1')}"
            )
            plan = "\n".join(row[0] for row in connection.exec_driver_sql("EXPLAIN EXECUTE q (now())"))
            connection.exec_driver_sql("DEALLOCATE q")
            assert "Seq Scan on deliveries" not in plan, plan
