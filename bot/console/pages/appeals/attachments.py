"""附件: what an appellant sent, for those who may see the case. A picture is shown without its place and camera data."""

from __future__ import annotations

from flask import g, make_response
from werkzeug.wrappers import Response

from bot.appeals.actor import find
from bot.console.family import Family, Page
from bot.core.refusals import NotFound
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeals import Attachment, MediaState

READERS = frozenset({Right.APPEAL_READ, Right.APPEAL_READ_OWN})
page = Family("attachments", "附件", "诉求", READERS)
GONE = "没有这个附件，或还没有从微信取回。请稍后刷新诉求页面再看。"


@page.get("/appeals/<number>/files/<int:file_id>")
def attachment(number: str, file_id: int) -> Page:
    """The copy of a picture that was made for showing; any other file as a download."""
    case = find(ServiceActor(g.db, g.staff, g.services), number)
    row = g.db.get(Attachment, file_id)
    if row is None or row.appeal_id != case.id or row.state is not MediaState.STORED or row.path is None:
        raise NotFound(GONE)
    try:
        if (row.content_type or "").startswith("image/"):
            return _file(g.services.storage.shown(row.path), "image/jpeg", "inline")
        name = f'attachment; filename="{case.number}-{row.id}"'
        return _file(g.services.storage.original(row.path), "application/octet-stream", name)
    except FileNotFoundError as error:
        raise NotFound(GONE) from error


def _file(data: bytes, kind: str, disposition: str) -> Response:
    answer = make_response(data)
    answer.headers["Content-Type"] = kind
    answer.headers["Content-Disposition"] = disposition
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
