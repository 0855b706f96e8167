"""After a restore: what people had erased since the backup is erased again."""

from __future__ import annotations

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from bot.backup.afterwards import Restored
from bot.followers import erasures
from bot.followers.erasures import Erased
from bot.followers.people import wipe_messages
from bot.privacy import holdings
from models.appeals import Appeal
from models.outgoing import Delivery

NO_LIST = (
    "附件文件夹里没有删除名单（erasures.list）：备份之后如有人要求删除个人信息或取消了关注，"
    "请按当时的申请逐个再删除。"
)


def put_right(restored: Restored) -> None:
    """Erase again, by the list that is kept outside the database."""
    services, db = restored.services, restored.db
    try:
        noted = erasures.noted_since(services.storage.root, restored.since)
    except FileNotFoundError:
        restored.say(NO_LIST, "privacy.erase")
        return
    for appellant in sorted(noted[Erased.CASES]):
        holdings.let_go_of_cases_of(db, services, appellant)
    again = noted[Erased.PERSON]
    people = [openid for openid in (_known(db) if again else ()) if services.appellant(openid) in again]
    for openid in people:
        if services.appellant(openid) in noted[Erased.CASES]:
            wipe_messages(db, openid)
        holdings.let_go_of_person(db, services, openid, restored.moment)
    restored.say(f"备份之后删除个人信息或取消关注的，已重新删除：{len(people)} 人。")


def _known(db: Session) -> list[str]:
    """Every openid that stands in a table about people."""
    models = (each.model for each in holdings.HOLDINGS if hasattr(each.model, "openid"))
    columns = [Delivery.recipient, Appeal.openid, *(model.openid for model in models)]
    found = db.scalars(union(*(select(column).where(column.is_not(None)) for column in columns)))
    return sorted(openid for openid in found if openid)
