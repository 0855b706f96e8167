"""Everything that one case's page shows, read in a handful of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals import duplicates, lights
from bot.appeals.actor import may_see
from bot.appeals.acts.act import Act
from bot.appeals.acts.table import possible
from bot.appeals.contacts import Contact, contact_for
from bot.appeals.lights import Light
from bot.console.pages.appeals.timeline import Entry, entries
from bot.core import clock
from bot.core.storage import Storage
from bot.runtime.services import ServiceActor
from models.appeal_work import AppealMessage, Dispatch, Extension, Supervision, Support, SurveyAnswer
from models.appeals import Appeal, AppealState, Attachment
from models.outgoing import Delivery, DeliveryState
from models.staff import Role, Staff
from models.units import Unit

D = DeliveryState
EARLY = (
    AppealState.SUBMITTED,
    AppealState.NEED_INFO,
    AppealState.ACCEPTED,
)  # when a twin is worth looking for
ARRIVED = {
    D.QUEUED: ("发送中", "quiet"),
    D.LEASED: ("发送中", "quiet"),
    D.SENDING: ("发送中", "quiet"),
    D.SENT: ("已送达微信", "good"),
    D.REFUSED: ("微信未能送达，请电话告知", "bad"),
    D.UNKNOWN: ("不确定是否送达，请电话核实", "bad"),
    D.WAITING_CONTACT: ("等诉求人下次发消息时送达", "warn"),
    D.CANCELLED: ("没有发出", "warn"),
}

S = AppealState
AWAITED = {  # who has the next step, for somebody who has not
    S.SUBMITTED: "等工商联决定是否受理。",
    S.NEED_INFO: "等诉求人补充；到期没有补充的自动关闭。",
    S.ACCEPTED: "等派单员派单。",
    S.DISPATCHED: "等承办单位签收；有异议的等派单员裁定。",
    S.IN_PROGRESS: "等承办单位办理并反馈结果。",
    S.ON_HOLD: "挂账中，到复核日期自动恢复办理。",
    S.PENDING_REVIEW: "等工商联审核办理结果。",
    S.RESOLVED: "等回访结果。",
    S.CLOSED: "已经销号，没有要办的。",
    S.DECLINED: "没有受理，没有要办的。",
    S.MERGED: "请到主诉求上办理。",
    S.WITHDRAWN: "诉求人已撤回，没有要办的。",
}


@dataclass(frozen=True)
class Sent:
    """One message to the appellant, and whether it arrived."""

    message: AppealMessage
    words: str
    tone: str
    by: str | None  # who told it by phone


@dataclass(frozen=True)
class CasePage:
    """What the template needs."""

    case: Appeal
    light: Light
    contact: Contact | None
    acts: list[Act]
    entries: list[Entry]
    attachments: list[Attachment]
    unshown: frozenset[int]  # attachments without a copy for showing
    likely: list[duplicates.Likely]
    supports: list[tuple[Support, Unit]]
    extensions: list[Extension]
    supervisions: list[Supervision]
    sent: list[Sent]
    surveys: list[SurveyAnswer]
    dispatches: list[tuple[Dispatch, Unit]]
    merged: list[Appeal]
    master: Appeal | None
    filed_by: str | None

    @property
    def open_contest(self) -> Dispatch | None:
        """A contest that nobody has decided."""
        rows = (row for row, _ in self.dispatches if row.ended_at is None)
        return next((row for row in rows if row.contested_at and not row.decided_at), None)

    @property
    def remark(self) -> str:
        """What the dispatcher tells the unit that leads the case now."""
        return next((row.remark for row, _ in self.dispatches if row.ended_at is None), "")

    @property
    def open_extension(self) -> Extension | None:
        """A wish for more time that nobody has decided."""
        return next((row for row in self.extensions if row.decided_at is None), None)


def read(actor: ServiceActor, case: Appeal, by: Staff) -> CasePage:
    """The page of a case that this colleague may see."""
    db = actor.db
    office = by.role is not Role.UNIT
    mine = Appeal.merged_into_id == case.id
    pictures = attachments(db, case)
    return CasePage(
        case=case,
        light=lights.light(case, clock.now(), actor.config.appeals.close),
        contact=contact_for(case, by),
        acts=possible(case, by, db=db),
        entries=entries(db, case),
        attachments=pictures,
        unshown=unshown(actor.services.storage, pictures),
        likely=duplicates.likely(db, case, actor.config.appeals) if office and case.state in EARLY else [],
        supports=_with_unit(db, Support, case),
        extensions=list(db.scalars(select(Extension).where(Extension.appeal_id == case.id).order_by(Extension.id.desc()))),
        supervisions=papers(db, case),
        sent=sent(db, case),
        surveys=list(db.scalars(select(SurveyAnswer).where(SurveyAnswer.appeal_id == case.id).order_by(SurveyAnswer.id.desc()))),
        dispatches=_with_unit(db, Dispatch, case),
        merged=list(db.scalars(select(Appeal).where(mine).order_by(Appeal.id))) if office else [],
        master=_master(db, case, by),
        filed_by=_name(db, case.filed_by_id),
    )  # fmt: skip


def attachments(db: Session, case: Appeal) -> list[Attachment]:
    """What came with the case."""
    return list(db.scalars(select(Attachment).where(Attachment.appeal_id == case.id).order_by(Attachment.id)))


def unshown(storage: Storage, pictures: Iterable[Attachment]) -> frozenset[int]:
    """Those that are kept, but could not be made fit for showing."""
    return frozenset(one.id for one in pictures if one.path and not storage.is_shown(one.path))


def papers(db: Session, case: Appeal) -> list[Supervision]:
    """The case's 督办单."""
    query = select(Supervision).where(Supervision.appeal_id == case.id, Supervision.number.is_not(None))
    return list(db.scalars(query.order_by(Supervision.id)))


def sent(db: Session, case: Appeal) -> list[Sent]:
    """The messages to the appellant, the newest first."""
    query = (
        select(AppealMessage, Delivery.state, Staff.name)
        .outerjoin(Delivery, Delivery.id == AppealMessage.delivery_id)
        .outerjoin(Staff, Staff.id == AppealMessage.told_by_id)
        .where(AppealMessage.appeal_id == case.id)
        .order_by(AppealMessage.id.desc())
    )
    return [_sent(message, state, by) for message, state, by in db.execute(query)]


def _sent(message: AppealMessage, state: DeliveryState | None, by: str | None) -> Sent:
    if message.told_at is not None:
        return Sent(message, "已电话告知" if by else message.told_remark or "已告知", "good", by)
    words, tone = ARRIVED[state] if state is not None else ("没有微信，请电话告知", "bad")
    return Sent(message, words, tone, None)


T = TypeVar("T", Support, Dispatch)


def _with_unit(db: Session, model: type[T], case: Appeal) -> list[tuple[T, Unit]]:
    query = select(model, Unit).join(Unit, Unit.id == model.unit_id).where(model.appeal_id == case.id)
    return [(row, unit) for row, unit in db.execute(query.order_by(model.id.desc()))]


def _master(db: Session, case: Appeal, by: Staff) -> Appeal | None:
    master = db.get(Appeal, case.merged_into_id) if case.merged_into_id else None
    return master if master is not None and may_see(db, master, by) else None


def _name(db: Session, staff_id: int | None) -> str | None:
    person = db.get(Staff, staff_id) if staff_id is not None else None
    return person.name if person else None
