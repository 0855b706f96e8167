"""What is masked, shown once, for a reason, and kept in the audit trail (domain §6): the whole contact of an appellant,
and a picture as it was sent, which may say where it was taken."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals.actor import UNKNOWN, may_see
from bot.appeals.contacts import Contact
from bot.appeals.wording import written
from bot.core import audit
from bot.core.refusals import NotFound, Refused
from bot.core.sensitive import masked_text
from bot.runtime.services import ServiceActor
from bot.staff import rights
from bot.staff.rights import Right
from models.appeals import Appeal, AppealEvent, Attachment, MediaState
from models.staff import Staff

MOST_REASON = 200
NO_PICTURE = "没有这个附件，或还没有从微信取回。请稍后刷新诉求页面再看。"


def unmask(actor: ServiceActor, case: Appeal, reason: str) -> Contact:
    """The name and the phone of the case, or leave to see the numbers in its texts. The trail keeps who looked and why,
    never what was seen."""
    by, why = _admitted(actor, case, reason, "查看完整联系方式的理由")
    if not case.contact and not case.phone and not texts_with_phones(actor.db, case):
        raise Refused("这件诉求没有留联系方式，没有可看的内容。")
    audit.record(actor.db, by, "appeal.unmask", "appeal", case.id, reason=why)
    return Contact(case.contact or "", case.phone or "", masked=False)


def texts_with_phones(db: Session, case: Appeal) -> list[str]:
    """The appellant's own words in which a telephone number is masked on pages."""
    later = select(AppealEvent.public_text).where(
        AppealEvent.appeal_id == case.id, AppealEvent.action == "supplemented"
    )
    texts = [case.body, *db.scalars(later.order_by(AppealEvent.id))]
    return [text for text in texts if text and masked_text(text, phones=True) != masked_text(text)]


def original_picture(actor: ServiceActor, case: Appeal, file_id: int, reason: str) -> tuple[bytes, str]:
    """A picture as it was sent, and its content type. Everybody who may see the case sees the copy without a place."""
    by, why = _admitted(actor, case, reason, "查看原图的理由")
    row = stored_picture(actor, case, file_id)
    try:
        data = actor.services.storage.original(str(row.path))
    except FileNotFoundError as error:
        raise NotFound(NO_PICTURE) from error
    audit.record(actor.db, by, "appeal.original", "appeal", case.id, reason=why, file=row.id)
    return data, row.content_type or "application/octet-stream"


def stored_picture(actor: ServiceActor, case: Appeal, file_id: int) -> Attachment:
    """A picture of this case that we have. Raises NotFound."""
    row = actor.db.get(Attachment, file_id)
    if row is None or row.appeal_id != case.id or row.state is not MediaState.STORED or row.path is None:
        raise NotFound(NO_PICTURE)
    return row


def _admitted(actor: ServiceActor, case: Appeal, reason: str, what: str) -> tuple[Staff, str]:
    """The colleague who may look behind the mask of this case, and why."""
    if actor.by is None:
        raise Refused("请由同事本人查看。")
    rights.require(actor.by, Right.CONTACT_UNMASK)
    if not may_see(actor.db, case, actor.by):
        raise NotFound(UNKNOWN, appeal_id=case.id)
    return actor.by, written(reason, what, most=MOST_REASON)
