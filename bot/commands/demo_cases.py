"""The demo's office: units, colleagues of every role, and cases in every state, as `demo_cases.toml` tells them.

Each step is taken through the real act and its form, by the colleague who takes it, at its own hour in the past weeks,
so that lights, limits and the history look like real work.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals import by_appellant, deadlines, escalation, messages
from bot.appeals.acts.filing import Filed, file_for
from bot.appeals.acts.table import ACTS
from bot.appeals.fields import Field, Given
from bot.commands.demo_picture import picture
from bot.core import clock
from bot.core.actor import Actor
from bot.runtime.services import ServiceActor, Services
from bot.staff import colleagues
from models.appeal_work import AppealMessage, ReplyTemplate
from models.appeals import Appeal
from models.outgoing import Channel, Delivery, DeliveryState
from models.staff import Role, StaffNotice, find_staff
from models.units import Unit, find_unit

DATA: dict[str, Any] = tomllib.loads(
    files("bot.commands").joinpath("demo_cases.toml").read_text(encoding="utf-8")
)
PEOPLE = [(person["name"], Role(person["role"]), person.get("unit")) for person in DATA["people"]]
BY_CHAT, BY_APPELLANT = "微信", "诉求人"
CLERK = "小林"  # who tells by phone


@dataclass
class Stage:
    """The demo's database, its people, and the hour of each act."""

    db: Session
    services: Services
    today: date = field(default_factory=clock.today)
    now: datetime = field(default_factory=clock.now)
    cases: dict[str, Appeal] = field(default_factory=dict)

    @contextmanager
    def on(self, when: str) -> Iterator[None]:
        """The hour of a working day: "5 09:00" is nine o'clock five working days ago; never later than now."""
        days, _, time = when.partition(" ")
        hour, _, minute = time.partition(":")
        moment = clock.at(deadlines.later(self.today, -int(days)), int(hour), int(minute))
        with clock.frozen(min(moment, self.now - timedelta(minutes=1))):
            yield

    def actor(self, name: str) -> ServiceActor:
        """A colleague, acting."""
        return ServiceActor(self.db, find_staff(self.db, name), self.services)


def make(db: Session, services: Services, *, password: str | None = None) -> int:
    """Fill an empty database; how many cases there are new. What is there already stays as it is."""
    stage = Stage(db, services)
    _units(stage)
    _people(stage, password)
    _templates(stage)
    if db.scalar(select(Appeal.id).limit(1)) is not None:
        return 0
    for story in DATA["cases"]:
        _tell(stage, story)
    _earlier_messages(stage)
    _escalate(stage)
    _read_earlier_notices(stage)
    return len(list(db.scalars(select(Appeal.id))))


def _units(stage: Stage) -> None:
    for unit in DATA["units"]:
        if find_unit(stage.db, unit["name"]) is None:
            stage.db.add(Unit(created_at=stage.now, **unit))
    stage.db.flush()


def _people(stage: Stage, password: str | None) -> None:
    for name, role, unit_name in PEOPLE:
        person = find_staff(stage.db, name) or colleagues.add(
            Actor(stage.db, None), name, role, password=password
        )
        unit = find_unit(stage.db, unit_name) if unit_name else None
        if person is not None and unit is not None:
            person.unit_id, person.unit = unit.id, unit
    stage.db.flush()


def _templates(stage: Stage) -> None:
    known = set(stage.db.scalars(select(ReplyTemplate.title)))
    for place, template in enumerate(DATA["templates"]):
        if template["title"] not in known:
            stage.db.add(ReplyTemplate(position=place, updated_at=clock.now(), **template))
    stage.db.flush()


def _tell(stage: Stage, story: Mapping[str, Any]) -> None:
    """One case from its filing to where it stands today."""
    facts = {"body": story["body"], **story["filed"]}
    by, on = facts.pop("by"), facts.pop("on")
    with stage.on(on):
        case = _by_chat(stage, **facts) if by == BY_CHAT else file_for(stage.actor(by), Filed(**facts))
    stage.cases[story["name"]] = case
    for step in story.get("steps", ()):
        with stage.on(step["on"]):
            _take(stage, case, step)


def _by_chat(
    stage: Stage,
    *,
    who: str,
    company: str | None = None,
    contact: str | None = None,
    phone: str | None = None,
    anonymous: bool = False,
    share_contact: bool = True,
    with_picture: bool = False,
    **facts: str,
) -> Appeal:
    """A case as the account files it."""
    rules = stage.services.config.appeals
    filing = by_appellant.Filing(
        appellant=stage.services.appellant(f"odemo-{who}"),
        openid=f"odemo-{who}",
        company=company,
        contact=contact,
        phone=phone,
        anonymous=anonymous,
        share_contact=share_contact,
        consent_version="2026-01",
        consent_at=clock.now(),
        **facts,
    )
    attached = [picture(stage.db, stage.services, filing.openid)] if with_picture else []
    return by_appellant.file(
        stage.db, filing, acceptance_days=rules.acceptance_days, close=rules.close, attachments=attached
    )


def _take(stage: Stage, case: Appeal, step: Mapping[str, Any]) -> None:
    """Open the act's form, fill in what the step says, and send it."""
    if step["by"] == BY_APPELLANT:
        by_appellant.withdraw(stage.db, case)
        return
    actor, act = stage.actor(step["by"]), ACTS[step["act"]]
    fields = {one.name: one for one in act.form.fields_for(actor, case)}
    opened = {name: [one.value] for name, one in fields.items() if one.value}
    typed = {name: _sent(stage, fields[name], step[name]) for name in step.keys() - {"on", "by", "act"}}
    act.run(actor, case, Given({**opened, **typed}))


def _sent(stage: Stage, field: Field, written: str | Sequence[str]) -> list[str]:
    """What a browser sends for this field."""
    texts = [written] if isinstance(written, str) else written
    return [_chosen(field, _read(stage, text)) for text in texts]


def _read(stage: Stage, text: str) -> str:
    """A case's number for its name, a date for so many days from today."""
    if text.startswith("@"):
        return stage.cases[text[1:]].number
    if text.startswith("+"):
        count, _, unit = text[1:].partition(" ")
        days = int(count)
        end = stage.today + timedelta(days=days) if unit == "天" else deadlines.later(stage.today, days)
        return end.isoformat()
    return text


def _chosen(field: Field, text: str) -> str:
    """The value of the choice whose label begins with this text."""
    values = [value for value, label in field.choices if label.startswith(text)]
    return text if text in dict(field.choices) or not field.choices else values[0]


def _earlier_messages(stage: Stage) -> None:
    """What the account sent in the past weeks arrived; what had to be told by phone was told, but for the newest."""
    rows = stage.db.scalars(select(Delivery).where(Delivery.recipient.startswith("odemo-")))
    for row in rows:
        row.state, row.channel, row.settled_at = DeliveryState.SENT, Channel.CUSTOM, row.created_at
    for message, case in messages.untold(stage.db, stage.now)[:-3]:
        if not case.confidential:
            with clock.frozen(min(message.created_at + timedelta(hours=2), stage.now)):
                told = stage.db.get_one(AppealMessage, message.id)
                messages.tick_told(stage.actor(CLERK), told, "已打电话告知本人。")


def _escalate(stage: Stage) -> None:
    """What the clock sent yesterday afternoon and this morning."""
    with stage.on("1 16:00"):
        escalation.notify(stage.services, stage.db, clock.now())
    with stage.on("0 09:05"):
        escalation.notify(stage.services, stage.db, clock.now())
        escalation.digest(stage.services, stage.db, clock.now())


def _read_earlier_notices(stage: Stage) -> None:
    """What was done days ago was read then."""
    yesterday = clock.at(deadlines.later(stage.today, -1), 0)
    for notice in stage.db.scalars(select(StaffNotice).where(StaffNotice.at < yesterday)):
        notice.read_at = notice.at + timedelta(hours=1)
