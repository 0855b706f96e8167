"""The whole contact of an appellant: shown once, for a reason, and kept in the audit trail (domain §6)."""

from __future__ import annotations

from bot.appeals.actor import UNKNOWN, may_see
from bot.appeals.contacts import Contact
from bot.appeals.wording import written
from bot.core import audit
from bot.core.refusals import NotFound, Refused
from bot.runtime.services import ServiceActor
from bot.staff import rights
from bot.staff.rights import Right
from models.appeals import Appeal

MOST_REASON = 200


def unmask(actor: ServiceActor, case: Appeal, reason: str) -> Contact:
    """The name and the phone of the case. The trail keeps who looked and why, never what was seen."""
    if actor.by is None:
        raise Refused("请由同事本人查看。")
    rights.require(actor.by, Right.CONTACT_UNMASK)
    if not may_see(actor.db, case, actor.by):
        raise NotFound(UNKNOWN, appeal_id=case.id)
    why = written(reason, "查看完整联系方式的理由", most=MOST_REASON)
    if not case.contact and not case.phone:
        raise Refused("这件诉求没有留联系方式，没有可看的内容。")
    audit.record(actor.db, actor.by, "appeal.unmask", "appeal", case.id, reason=why)
    return Contact(case.contact or "", case.phone or "", masked=False)
