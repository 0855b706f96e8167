"""Filing on an appellant's behalf: by phone, at a visit or a meeting, through a chamber, by letter (domain §4.1)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from bot.appeals import by_appellant, phone_numbers, states
from bot.appeals.acts.particulars import WRITTEN
from bot.appeals.messages import tell
from bot.appeals.wording import one_of, when, written
from bot.core import audit, clock
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import rights
from bot.staff.rights import Right
from models.appeals import CATEGORIES, CHANNELS, TYPES, Appeal

OWN_CHANNEL = "公众号"
BY_STAFF = tuple(channel for channel in CHANNELS if channel != OWN_CHANNEL)
MOST_BODY = 20000


@dataclass(frozen=True)
class Filed:
    """What a colleague writes down for an appellant, in the appellant's own words."""

    channel: str
    type: str
    category: str
    body: str
    company: str | None = None
    contact: str | None = None
    phone: str | None = None
    anonymous: bool = False
    share_contact: bool = False  # the appellant was asked, and agreed
    street: str | None = None
    chamber: str | None = None
    visit_ref: str | None = None
    consent_version: str = "口头告知"


def file_for(actor: ServiceActor, filed: Filed) -> Appeal:
    """Give the case its number and promise. The receipt is told by phone, if there is one."""
    if actor.by is not None:
        rights.require(actor.by, Right.APPEAL_FILE)
    filing = _checked(actor, filed)
    case = by_appellant.file(
        actor.db,
        filing,
        acceptance_days=actor.config.appeals.acceptance_days,
        close=actor.config.appeals.close,
        attachments=(),
    )
    case.filed_by_id = actor.staff_id
    case.street, case.chamber = _short("street", filed.street), _short("chamber", filed.chamber)
    case.visit_ref = _short("visit_ref", filed.visit_ref)
    event = states.record(actor.db, case, actor.signature, "filed_for", case.state, channel=filed.channel)
    audit.record(
        actor.db, actor.by, "appeal.file_for", "appeal", case.id, channel=filed.channel, type=filed.type
    )
    words = f"您反映的事情已登记，编号 {case.number}，{when(case.acceptance_due_at)}前告知是否受理。"
    tell(actor, case, event, f"{words}请记下编号，来电时报编号即可查询。")
    return case


def _checked(actor: ServiceActor, filed: Filed) -> by_appellant.Filing:
    body = written(filed.body, "诉求内容（用诉求人自己的话）", most=MOST_BODY)
    contact, phone = _short("contact", filed.contact), _short("phone", filed.phone)
    if not filed.anonymous and not (contact and phone):
        raise Refused("请填写联系人和联系电话；诉求人要求匿名的，请选「匿名」。")
    digits = phone_numbers.identifying(phone)
    # The same whole number is the same person, so that a repeat is found; without one nobody can be recognised.
    appellant = actor.services.appellant(f"tel:{digits}") if digits else secrets.token_hex(32)
    return by_appellant.Filing(
        appellant=appellant,
        openid=None,
        type=one_of(filed.type, TYPES, "诉求类型"),
        category=one_of(filed.category, CATEGORIES, "问题类别"),
        body=body,
        company=_short("company", filed.company),
        contact=contact,
        phone=phone,
        anonymous=filed.anonymous,
        share_contact=filed.share_contact and not filed.anonymous,
        consent_version=filed.consent_version,
        consent_at=clock.now(),
        channel=one_of(filed.channel, BY_STAFF, "来源渠道"),
    )


def _short(name: str, value: str | None) -> str | None:
    said = (value or "").strip()
    if len(said) > WRITTEN[name]:
        raise Refused(f"有一栏超过 {WRITTEN[name]} 个字，请精简后再提交。")
    return said or None
