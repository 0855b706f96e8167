"""Many cases at once, with lives that the desk's verbs could have given them: rows in bulk, made from a seed.

Moments love the edges: midnight in Shanghai, a limit to the second, an answer after a reopening.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select

from bot.core import clock
from bot.core.db import transaction
from models.appeal_work import Dispatch, SurveyAnswer
from models.appeals import (
    CATEGORIES,
    CHANNELS,
    RESULT_CLASSES,
    SCORES,
    SIZES,
    SOLVED,
    TYPES,
    Appeal,
    AppealEvent,
    AppealState,
)
from models.units import Unit

S = AppealState
STREETS = (
    "八角街道",
    "鲁谷街道",
    "古城街道",
    "苹果园街道",
    "金顶街街道",
    "老山街道",
    "五里坨街道",
    "广宁街道",
    "八宝山街道",
)
INDUSTRIES = ("信息技术", "餐饮业", "建筑", "专业服务", None)
CHAMBERS = ("区餐饮行业商会", "区科技商会", None)
OPEN_ENDS = (S.SUBMITTED, S.NEED_INFO, S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD, S.PENDING_REVIEW)
BODY = "企业反映：办理中遇到困难，窗口要求补充材料，来回多次仍没有结果，请帮助协调有关部门尽快解决。"


@dataclass
class Life:
    """One case's row, and what happened to it."""

    row: dict[str, Any]
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    dispatches: list[dict[str, Any]] = field(default_factory=list)

    def move(self, at: datetime, to: AppealState, action: str) -> None:
        """A change of state with its event."""
        before = self.row["state"] if self.events else None
        self.events.append(
            {"appeal_id": self.row["id"], "at": at, "actor": "system", "action": action, "from_state": before}
            | {"to_state": to, "public_text": None, "detail": {}}
        )
        self.row["state"] = to
        self.row["version"] = len(self.events)


class Writer:
    """Makes lives between two moments."""

    def __init__(
        self, seed: int, start: datetime, end: datetime, units: list[int], *, edges: float = 0.1
    ) -> None:
        self.chance = random.Random(seed)
        self.start, self.end, self.units, self.edges = start, end, units, edges
        self.serials: Counter[str] = Counter()
        self.columns = [column.key for column in Appeal.__table__.columns]

    def life(self, number: int, before: list[Life]) -> Life:
        """A case with this id; it may be merged into one of those before."""
        at = self._moment()
        life = Life(self._row(number, at))
        life.move(at, S.SUBMITTED, "filed")
        ends = self.chance.random()
        if ends < 0.06:
            life.row["decline_code"] = f"N{self.chance.randint(1, 9)}"
            life.move(self._later(at, 2), S.DECLINED, "declined")
        elif ends < 0.10:
            self._ask(life)
        else:
            self._handle(life)
        self._leave(life, before)
        return life

    def _row(self, number: int, at: datetime) -> dict[str, Any]:
        pick, day = self.chance.choice, f"{clock.local(at):%Y%m%d}"
        self.serials[day] += 1
        channel = pick(CHANNELS)
        row: dict[str, Any] = dict.fromkeys(self.columns)
        row |= {
            "id": number, "number": f"SQ{day}{self.serials[day]:03d}", "appellant": f"{number % 997:064d}",
            "state": S.SUBMITTED, "channel": channel, "type": pick(TYPES), "category": pick(CATEGORIES),
            "title": f"第{number}件诉求", "body": f"{number}：{BODY}", "company": f"北京第{number % 5000}商贸有限公司",
            "contact": "王小明", "phone": f"138{number % 10**8:08d}", "phone_tail": f"{number % 10**4:04d}",
            "anonymous": False, "share_contact": True, "consent_version": "1", "consent_at": at,
            "received_at": at, "acceptance_due_at": at + timedelta(days=1), "deadline_estimated": False,
            "chamber": pick(CHAMBERS), "street": pick((*STREETS, None)), "industry": pick(INDUSTRIES),
            "size": pick((*SIZES, None)), "urgency": "一般", "difficulty": "一般",
            "confidential": self.chance.random() < 0.02, "collective": False, "reopen_count": 0,
            "appellant_reopens": 0, "returned_count": 0, "supervision_level": 0, "version": 1,
            "visit_ref": f"第{number % 40}次走访" if channel in ("走访调研", "座谈会") else None,
            "opinion_ref": f"社情〔{number}〕" if self.chance.random() < 0.02 else None,
        }  # fmt: skip
        return row

    def _ask(self, life: Life) -> None:
        """Asked for more: waiting, or lapsed."""
        at = self._later(life.row["received_at"], 1)
        life.row["paused_at"] = at
        life.move(at, S.NEED_INFO, "asked")
        if self.chance.random() < 0.5:
            life.row["closed_at"] = self._later(at, 8)
            life.move(life.row["closed_at"], S.CLOSED, "lapsed")

    def _handle(self, life: Life) -> None:
        row, stop = life.row, self.chance.choice((*OPEN_ENDS, *[S.CLOSED] * 30))
        if stop is S.SUBMITTED:
            return
        at = row["accepted_at"] = self._later(row["received_at"], 2)
        life.move(at, S.ACCEPTED, "accepted")
        if stop is S.ACCEPTED:
            return
        if row["type"] == "咨询" and self.chance.random() < 0.5:
            row["contact_due_at"], row["due_at"] = at + timedelta(days=3), at + timedelta(days=2)
            row["first_contact_at"] = row["resolved_at"] = self._near(row["due_at"], at)
            life.move(row["resolved_at"], S.RESOLVED, "answered")
            self._follow_up(life)
            return
        self._send(life, at)
        if stop is S.DISPATCHED:
            return
        at = row["signed_at"] = self._later(row["dispatched_at"], 1)
        life.move(at, S.IN_PROGRESS, "signed")
        if self.chance.random() < 0.9:
            row["first_contact_at"] = self._near(row["contact_due_at"], at)
        if self.chance.random() < 0.15:
            row["extended_due_at"] = row["due_at"] + timedelta(days=self.chance.randint(1, 7))
        if stop is S.ON_HOLD or self.chance.random() < 0.03:
            self._hold(life, at, for_good=stop is S.ON_HOLD)
        if row["state"] is S.IN_PROGRESS and stop is not S.IN_PROGRESS:
            self._finish(life, stop)

    def _send(self, life: Life, at: datetime) -> None:
        """To a unit; some contest, and another one gets it."""
        row = life.row
        while True:
            unit = self.chance.choice(self.units)
            at = self._later(at, 1)
            sent: dict[str, Any] = {
                "appeal_id": row["id"], "unit_id": unit, "kind": "派单", "at": at, "remark": "",
                "sign_due_at": at + timedelta(days=1), "contest_upheld": None, "ended_at": None,
            }  # fmt: skip
            life.dispatches.append(sent)
            life.move(at, S.DISPATCHED, "dispatched")
            if self.chance.random() > 0.06:
                break
            at = self._later(at, 1)
            sent |= {"contest_upheld": True, "ended_at": at}
            life.move(at, S.ACCEPTED, "contest_decided")
        if self.chance.random() < 0.03:
            sent["contest_upheld"] = False
        row |= {"unit_id": unit, "dispatched_at": at, "sign_due_at": at + timedelta(days=1), "limit_days": 7}
        row |= {
            "contact_due_at": self._edge(at + timedelta(days=3)),
            "due_at": self._edge(at + timedelta(days=9)),
        }

    def _hold(self, life: Life, at: datetime, *, for_good: bool) -> None:
        at = self._near(life.row["due_at"], at)
        life.move(at, S.ON_HOLD, "held")
        life.row["paused_at"] = at
        if not for_good:
            life.row["paused_at"] = None
            life.move(self._later(at, 5), S.IN_PROGRESS, "resumed")

    def _finish(self, life: Life, stop: AppealState) -> None:
        row = life.row
        last = life.events[-1]["at"]
        row["resolved_at"] = self._near(row["extended_due_at"] or row["due_at"], last)
        row["handed_in_at"] = last + (row["resolved_at"] - last) / 2
        life.move(row["handed_in_at"], S.PENDING_REVIEW, "handed_in")
        if stop is S.PENDING_REVIEW:
            row["resolved_at"] = None
            return
        row |= {
            "result": "已办理。",
            "result_class": self.chance.choice(RESULT_CLASSES),
            "public_reply": "已办理。",
        }
        life.move(row["resolved_at"], S.RESOLVED, "approved")
        self._follow_up(life)
        if self.chance.random() < 0.12 and row["reopen_count"] < 3:
            self._reopen(life)

    def _follow_up(self, life: Life) -> None:
        """Most are closed, with an answer or without."""
        row = life.row
        if self.chance.random() < 0.8:
            self._answer(life, self._later(row["resolved_at"], 8))
        if self.chance.random() < 0.9:
            row["closed_at"] = self._later(row["resolved_at"], 9)
            life.move(row["closed_at"], S.CLOSED, "closed")

    def _answer(self, life: Life, at: datetime) -> None:
        for earlier in life.answers:
            earlier["replaced"] = True
        solved = self.chance.choice((*SOLVED, SOLVED[0], SOLVED[0], None))
        score = self.chance.choice((*SCORES, SCORES[0], SCORES[1], None))
        life.answers.append(
            {"appeal_id": life.row["id"], "at": at, "solved": solved, "score": score, "channel": "电话"}
            | {"replaced": False, "words": None}
        )
        life.row |= {"survey_at": at, "survey_solved": solved, "survey_score": score}

    def _reopen(self, life: Life) -> None:
        """Taken up again: what was resolved is so no more."""
        row = life.row
        at = self._later(life.events[-1]["at"], 10)
        row["reopen_count"] += 1
        row |= dict.fromkeys(("resolved_at", "closed_at", "handed_in_at", "extended_due_at"))
        if row["unit_id"] is None:
            row["due_at"] = None
            life.move(at, S.ACCEPTED, "reopened")
            return
        row["due_at"] = self._edge(at + timedelta(days=9))
        life.move(at, S.IN_PROGRESS, "reopened")
        if self.chance.random() < 0.8:
            self._finish(life, self.chance.choice((S.PENDING_REVIEW, S.CLOSED, S.CLOSED)))

    def _leave(self, life: Life, before: list[Life]) -> None:
        """Some are withdrawn, some are merged into an earlier one and keep their own survey."""
        state, last = life.row["state"], life.events[-1]["at"]
        if state in (S.SUBMITTED, S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS) and self.chance.random() < 0.15:
            life.move(self._later(last, 5), S.WITHDRAWN, "withdrawn")
        elif state in OPEN_ENDS and before and self.chance.random() < 0.3:
            life.row["merged_into_id"] = self.chance.choice(before).row["id"]
            life.move(self._later(last, 5), S.MERGED, "merged")
            if self.chance.random() < 0.5:
                self._answer(life, self._later(last, 20))

    def _moment(self) -> datetime:
        return self._edge(self.start + (self.end - self.start) * self.chance.random())

    def _later(self, at: datetime, days: float) -> datetime:
        return self._edge(at + timedelta(days=days) * self.chance.random(), not_before=at)

    def _near(self, due: datetime, not_before: datetime) -> datetime:
        """Somewhere round a limit, now and then to the very second."""
        if due > not_before and self.chance.random() < self.edges:
            return due
        early = max(not_before, due - timedelta(days=4))
        return self._edge(early + timedelta(days=5) * self.chance.random(), not_before=not_before)

    def _edge(self, at: datetime, not_before: datetime | None = None) -> datetime:
        """The same moment, now and then midnight in Shanghai or the last instant before it."""
        if self.chance.random() >= self.edges:
            return at
        midnight = clock.at(clock.local(at).date(), 0)
        moved = midnight - timedelta(microseconds=self.chance.choice((0, 1)))
        return moved if not_before is None or moved >= not_before else at


def lives(
    count: int, seed: int, start: datetime, end: datetime, units: list[int], *, edges: float = 0.1
) -> list[Life]:
    """Cases numbered from 1 on."""
    writer = Writer(seed, start, end, units, edges=edges)
    made: list[Life] = []
    for number in range(1, count + 1):
        made.append(writer.life(number, made[-50:]))
    return made


def add_units(engine: Engine, count: int = 6) -> list[int]:
    """Units to send cases to."""
    with transaction(engine) as db:
        for number in range(count):
            db.add(Unit(name=f"第{number}承办单位", kind="区级部门", created_at=clock.now()))
        db.flush()
        return list(db.scalars(select(Unit.id).order_by(Unit.id)))


def write(engine: Engine, made: list[Life]) -> None:
    """The rows of these lives, in bulk."""
    step = 2000
    for begin in range(0, len(made), step):
        some = made[begin : begin + step]
        with transaction(engine) as db:
            db.execute(insert(Appeal), [life.row for life in some])
            for model, rows in (
                (AppealEvent, [row for life in some for row in life.events]),
                (SurveyAnswer, [row for life in some for row in life.answers]),
                (Dispatch, [row for life in some for row in life.dispatches]),
            ):
                if rows:
                    db.execute(insert(model), rows)
