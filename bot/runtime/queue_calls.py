"""Wake-up calls: a transaction that makes rows leaves a call in the queue for each kind of work that they need.

A call says "look", never what at: the rows are the truth, so a lost call costs seconds and a double one nothing.
No transaction ever waits for another here. A call is written just before the commit; while another transaction is at the
same point its call serves both, because a worker looks once more before it rests; and there is never more than
one waiting call of a kind (`queueing_lock`), however many rows are made.
"""

from __future__ import annotations

from importlib.util import find_spec

from sqlalchemy import Engine, event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.config import Config
from bot.core.db import reading, transaction
from bot.runtime.work import kinds as all_kinds

QUEUE = "tongxin"  # written out below
# One statement for all kinds, in which a conflict is no error: a savepoint per kind would cost more than the call.
_CALL = text(
    "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock)"
    " SELECT 'tongxin', kind, kind FROM unnest(CAST(:kinds AS text[])) AS kind"
    " WHERE pg_try_advisory_xact_lock(hashtext('tongxin'), hashtext(kind))"
    " ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING"
)
_NOTED = "calls"  # in a Session's info: the kinds to call when it commits


def is_in_use(config: Config) -> bool:
    """Whether workers are woken through the database's queue ([delivery] dispatcher)."""
    chosen = config.delivery.dispatcher
    postgres = make_url(config.database.url).get_backend_name() == "postgresql"
    return chosen == "queue" or (chosen == "auto" and postgres)


def missing_package(config: Config) -> str | None:
    """What has to be installed before the queue can be used, in Chinese; None: nothing."""
    if not is_in_use(config) or find_spec("procrastinate") is not None:
        return None
    return (
        "PostgreSQL 上的任务队列需要 procrastinate，但没有安装。"
        "请运行 make production，再升级数据库；"
        '或在 [delivery] 写 dispatcher = "local"，由各进程自己轮询。'
    )


def announce(db: Session, *kinds: str) -> None:
    """When this transaction commits, call the workers for these kinds of work, or for all."""
    if _NOTED not in db.info:
        db.info[_NOTED] = set()
        event.listen(db, "before_commit", _call_before_commit)
    db.info[_NOTED].update(kinds or [kind.name for kind in all_kinds()])


def _call_before_commit(db: Session) -> None:
    if not db.in_nested_transaction():  # else it is only a savepoint that ends
        call(db, *sorted(db.info[_NOTED]))


def call(db: Session, *kinds: str) -> None:
    """Leave a call for each of these kinds, unless one is waiting or another transaction is just leaving one."""
    db.connection().execute(_CALL, {"kinds": list(kinds)})


def call_due(engine: Engine) -> list[str]:
    """Call for the kinds that have something due, and return their names: what lay in the future, what a dead worker
    left, what lost its call."""
    moment = {"moment": clock.now()}
    with reading(engine) as db:
        due = [kind.name for kind in all_kinds() if db.scalar(select(kind.due), moment)]
    if due:
        with transaction(engine) as db:
            call(db, *due)
    return due
