"""A picture that an appellant of the demo sent."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from bot.core import clock
from bot.runtime.services import Services
from models.appeals import Attachment, MediaState


def picture(db: Session, services: Services, openid: str | None) -> int:
    """Keep the picture as one that was fetched; the id of its row, which no case has yet."""
    content = _drawn()
    kept = services.storage.keep_picture(content)
    row = Attachment(
        openid=openid,
        media_id=f"demo-{openid}",
        kind="image",
        path=kept.path,
        state=MediaState.STORED,
        content_type=kept.content_type,
        size=len(content),
        not_before=clock.now(),
        created_at=clock.now(),
    )
    db.add(row)
    db.flush()
    return row.id


def _drawn() -> bytes:
    """A shop with its chimney, in grey."""
    image = Image.new("RGB", (960, 640), "#d8dee6")
    pen = ImageDraw.Draw(image)
    pen.rectangle((120, 240, 840, 560), fill="#9aa7b5")
    pen.rectangle((420, 120, 540, 240), fill="#6b7785")
    pen.line((480, 20, 480, 120), fill="#6b7785", width=24)
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()
