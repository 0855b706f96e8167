"""Between content/ and the database: import is idempotent by slug and leaves alone what staff changed; export writes
the rows back as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.files import Loaded, dump_item, dump_policy, dump_series
from bot.content.records import PolicyDocument, StudyItem, StudySeries
from bot.core import clock
from models.content import content_changed
from models.policies import Policy
from models.study import Item, Series


@dataclass
class Counts:
    """What an import did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0  # edited by staff, left alone

    def note(self, outcome: str) -> None:
        """Count one row."""
        setattr(self, outcome, getattr(self, outcome) + 1)


def import_content(db: Session, loaded: Loaded, *, force: bool = False) -> Counts:
    """Make the rows equal to the files; every process reloads when something changed."""
    counts = Counts()
    for document in loaded.policies:
        counts.note(_upsert(db, Policy, document.slug, _policy_values(document), force))
    for series in loaded.series:
        counts.note(_upsert(db, Series, series.slug, _series_values(series), force))
    db.flush()
    ids = dict(db.execute(select(Series.slug, Series.id)).all())
    for item in loaded.items:
        counts.note(_upsert(db, Item, item.slug, _item_values(item, ids[item.series]), force))
    if counts.added or counts.changed:
        content_changed(db)
    return counts


def _upsert(
    db: Session,
    model: type[Policy] | type[Series] | type[Item],
    slug: str,
    values: dict[str, Any],
    force: bool,
) -> str:
    row: Any = db.scalar(select(model).where(model.slug == slug))
    if row is None:
        extra = {"updated_at": clock.now(), "views": 0} if model is Policy else {}
        db.add(model(slug=slug, edited=False, **values, **extra))
        return "added"
    if row.edited and not force:
        return "kept"
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    row.edited = False
    if changed and isinstance(row, Policy):
        row.updated_at = clock.now()
    if changed and isinstance(row, Item):  # what was released is not what stands here now
        row.reviewer = row.released_at = None
    return "changed" if changed else "unchanged"


def _policy_values(document: PolicyDocument) -> dict[str, Any]:
    fields = document.model_dump(mode="json", exclude={"body"})
    return {
        "short_name": document.short_name,
        "category": document.category.value,
        "document": fields,
        "body": document.body,
    }


def _series_values(series: StudySeries) -> dict[str, Any]:
    names = ("title", "description", "weekday", "hour", "minute", "enabled")
    return {name: getattr(series, name) for name in names} | {"position": series.order}


def _item_values(item: StudyItem, series_id: int) -> dict[str, Any]:
    values = {
        "series_id": series_id,
        "position": item.order,
        "title": item.title,
        "digest": item.digest,
        "body": item.body,
    }
    if item.author:  # one that was named at the release stays
        values["author"] = item.author
    return values | {"document": item.model_dump(mode="json", exclude={"body", "author"})}


def export_content(db: Session, folder: Path) -> int:
    """Write every policy, series and item as files that `import` reads back to the same rows; gives how many files."""
    written = 0
    for policy in db.scalars(select(Policy).order_by(Policy.slug)):
        document = PolicyDocument.model_validate({**policy.document, "body": policy.body})
        _write_file(folder / "policies" / f"{policy.slug}.md", dump_policy(document))
        written += 1
    for series in db.scalars(select(Series).order_by(Series.position)):
        record = StudySeries(
            slug=series.slug, title=series.title, description=series.description, weekday=series.weekday,
            hour=series.hour, minute=series.minute, enabled=series.enabled, order=series.position,
        )  # fmt: skip
        _write_file(folder / "study" / series.slug / "series.toml", dump_series(record))
        for item in db.scalars(select(Item).where(Item.series_id == series.id).order_by(Item.position)):
            own = {"body": item.body, "author": item.author or ""}
            document_ = StudyItem.model_validate({**item.document, **own})
            _write_file(
                folder / "study" / series.slug / f"{item.position:02d}-{item.slug}.md", dump_item(document_)
            )
            written += 1
        written += 1
    return written


def _write_file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
