"""附件: what an appellant sent. Those who may see the case see a copy without place and camera data; the original is for
those who may see the whole contact, for a reason."""

from __future__ import annotations

from flask import g, make_response, render_template, request
from werkzeug.wrappers import Response

from bot.appeals.actor import find
from bot.appeals.acts.unmasking import original_picture, stored_picture
from bot.console.family import Family, Page
from bot.core.refusals import NotFound, Refused
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right

READERS = frozenset({Right.APPEAL_READ, Right.APPEAL_READ_OWN})
page = Family("attachments", "附件", "诉求", READERS)
NO_COPY = "这张图片没有预览。请回到诉求页面，写明理由后查看原图。"


@page.get("/appeals/<number>/files/<int:file_id>")
def attachment(number: str, file_id: int) -> Page:
    """The copy of a picture that was made for showing."""
    actor = ServiceActor(g.db, g.staff, g.services)
    row = stored_picture(actor, find(actor, number), file_id)
    try:
        return _file(g.services.storage.shown(str(row.path)), "image/jpeg", "inline")
    except FileNotFoundError as error:
        raise NotFound(NO_COPY) from error


@page.form("/appeals/<number>/files/<int:file_id>/original", Right.CONTACT_UNMASK)
def original(number: str, file_id: int) -> Page:
    """The picture as it was sent, as a download, for a reason that the audit trail keeps."""
    actor = ServiceActor(g.db, g.staff, g.services)
    case = find(actor, number)
    row, problem = stored_picture(actor, case, file_id), ""
    reason = request.form.get("reason", "")
    if request.method == "POST":
        try:
            data, kind = original_picture(actor, case, row.id, reason)
        except Refused as error:
            problem = str(error)
        else:
            name = f"{case.number}-{row.id}.{kind.removeprefix('image/')}"
            return _file(data, "application/octet-stream", f'attachment; filename="{name}"')
    return render_template("appeals/original.html", case=case, row=row, problem=problem, reason=reason)


def _file(data: bytes, kind: str, disposition: str) -> Response:
    answer = make_response(data)
    answer.headers["Content-Type"] = kind
    answer.headers["Content-Disposition"] = disposition
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
