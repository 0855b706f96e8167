"""content/ as checked records: every problem names file and line. Reads files, knows no database.

policies/<slug>.md   study/<series>/series.toml   study/<series>/<NN>-<slug>.md   replies.toml   menu.toml
phrases.toml   calendar/<year>.toml
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from bot.content import front_matter, toml_files
from bot.content.front_matter import FrontMatter, FrontMatterError
from bot.content.mistakes import mistakes
from bot.content.records import PolicyDocument, Prose, StudyItem, StudySeries
from bot.core import calendar_files, hand_edited
from bot.understanding.phrases import usable_phrases

FILE_BYTES = 200_000
P = TypeVar("P", bound=Prose)


@dataclass(frozen=True)
class ContentProblem:
    """What has to be corrected; `file` is relative to the content folder, `line` counts from 1."""

    file: str
    line: int
    message: str


@dataclass(frozen=True)
class Loaded:
    """All content of a folder. With problems it holds what could be read, and must not be imported."""

    policies: list[PolicyDocument] = field(default_factory=list)
    series: list[StudySeries] = field(default_factory=list)
    items: list[StudyItem] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    menu: dict[str, Any] = field(default_factory=dict)
    problems: list[ContentProblem] = field(default_factory=list)


@dataclass(frozen=True)
class _Read(Generic[P]):
    """A record and where its keys stand."""

    file: str
    record: P
    matter: FrontMatter

    def problem(self, key: str, message: str, *rest: str | int) -> ContentProblem:
        return ContentProblem(self.file, self.matter.line((key, *rest)), message)


def load(root: Path) -> Loaded:
    """Everything under `root`. An exported folder has no replies.toml and no menu.toml, which is no problem."""
    loaded = Loaded()
    problems: list[ContentProblem] = []
    if not (root / "policies").is_dir() and not (root / "study").is_dir():
        return Loaded(
            problems=[ContentProblem(str(root), 1, "没有 policies 和 study 文件夹；请指定内容所在的文件夹")]
        )
    policies = list(_read_records(root, sorted(root.glob("policies/*.md")), PolicyDocument, problems))
    problems += _check_across_policies(policies)
    loaded.policies.extend(p.record for p in policies)
    items: list[_Read[StudyItem]] = []
    for folder in sorted(p for p in root.glob("study/*") if p.is_dir()):
        loaded.series.extend(_read_series(root, folder, problems))
        items += _read_records(root, sorted(folder.glob("*.md")), StudyItem, problems)
    loaded.series.sort(key=lambda s: s.order)
    problems += _check_across_items(items, {s.slug for s in loaded.series})
    loaded.items.extend(sorted((i.record for i in items), key=lambda i: (i.series, i.order)))
    _read_standing_texts(root, loaded, problems)
    problems += [*_check_phrases(root), *_check_calendars(root)]
    loaded.problems.extend(sorted(problems, key=lambda p: (p.file, p.line)))
    return loaded


def replies(root: Path) -> dict[str, str]:
    """The standing texts alone that can be said: a process that serves reads the records from its database."""
    return toml_files.sayable(hand_edited.read(root / "replies.toml"))


def hand_edited_problems(root: Path) -> list[ContentProblem]:
    """What is wrong in the files that serving processes read themselves: calendars, phrases, standing texts, menu."""
    loaded = Loaded()
    _read_standing_texts(root, loaded, loaded.problems)
    missing = [name for name in ("phrases.toml", "replies.toml") if not (root / name).is_file()]
    absent = [ContentProblem(name, 1, "没有这个文件；请从程序包里放回来") for name in missing]
    return [*absent, *_check_phrases(root), *_check_calendars(root), *loaded.problems]


def _check_phrases(root: Path) -> Iterator[ContentProblem]:
    path = root / "phrases.toml"
    complaints = usable_phrases(path)[1] if path.exists() else ()
    yield from (ContentProblem(path.name, line, told) for line, told in complaints)


def _check_calendars(root: Path) -> Iterator[ContentProblem]:
    folder = root / "calendar"
    for name in calendar_files.misnamed(folder):
        yield ContentProblem(f"calendar/{name}", 1, "文件名应是年份，如 2027.toml；没有读它")
    for path in sorted(folder.glob("[0-9][0-9][0-9][0-9].toml")):
        for line, told in calendar_files.read_calendar(path).complaints:
            yield ContentProblem(f"calendar/{path.name}", line, told)


def _read_text(root: Path, path: Path) -> tuple[str, ContentProblem | None]:
    file, data = path.relative_to(root).as_posix(), path.read_bytes()
    if len(data) > FILE_BYTES:
        return "", ContentProblem(file, 1, f"文件有 {len(data)} 字节，最多 {FILE_BYTES} 字节；请只放文字")
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        return "", ContentProblem(
            file, data[: error.start].count(b"\n") + 1, "不是 UTF-8 文本；请另存为 UTF-8 编码"
        )


def _read_records(
    root: Path, paths: list[Path], model: type[P], problems: list[ContentProblem]
) -> Iterator[_Read[P]]:
    for path in paths:
        text, unreadable = _read_text(root, path)
        file = path.relative_to(root).as_posix()
        if unreadable:
            problems.append(unreadable)
            continue
        try:
            matter = front_matter.parse(text)
            read = _Read(file, model.model_validate({**matter.head, "body": matter.body}), matter)
        except FrontMatterError as error:
            problems.append(ContentProblem(file, error.line, error.message))
        except ValidationError as error:
            problems += [
                ContentProblem(file, matter.line(where), told) for where, told in mistakes(model, error)
            ]
        else:
            problems += _check_place(path, read)
            yield read


def _check_place(path: Path, read: _Read[Any]) -> Iterator[ContentProblem]:
    record = read.record
    if isinstance(record, PolicyDocument):
        if path.stem != record.slug:
            yield read.problem("slug", f"slug 是 {record.slug}，文件名应是 {record.slug}.md")
        return
    if record.series != path.parent.name:
        yield read.problem("series", f"series 应与文件夹同名：{path.parent.name}")
    if path.stem != f"{record.order:02d}-{record.slug}":
        yield read.problem("slug", f"文件名应是 {record.order:02d}-{record.slug}.md（期数-标识）")


def _check_across_policies(reads: list[_Read[PolicyDocument]]) -> Iterator[ContentProblem]:
    owners: dict[str, str] = {}
    slugs: dict[str, str] = {}
    for read in reads:
        first = slugs.setdefault(read.record.slug, read.file)
        if first != read.file:
            yield read.problem("slug", f"slug {read.record.slug} 已在 {first} 中使用；请换一个")
        for key, place, name in _named(read.record):
            owner = owners.setdefault(same_name(name), read.file)
            if owner != read.file:
                yield read.problem(key, f"「{name}」已是 {owner} 的名称；请换一个，或删去这个别名", *place)
    yield from _check_asks(reads)
    for read in reads:
        for key in ("supersedes", "superseded_by"):
            for i, link in enumerate(getattr(read.record, key)):
                if link.slug == read.record.slug:
                    yield read.problem(key, "不能替代自己；请写另一份文件", i, "slug")
                elif link.slug and link.slug not in slugs:
                    yield read.problem(
                        key, f"没有 policies/{link.slug}.md 这份记录；请核对 slug，或只写 title", i, "slug"
                    )


def _check_asks(reads: list[_Read[PolicyDocument]]) -> Iterator[ContentProblem]:
    """The same question cannot mean two packages."""
    owners: dict[str, str] = {}
    for read in reads:
        for i, ask in enumerate(read.record.asks):
            if (owner := owners.setdefault(same_name(ask), read.file)) != read.file:
                yield read.problem("asks", f"「{ask}」已是 {owner} 的问法；请只留在最合适的一份里", i)


def _named(policy: PolicyDocument) -> Iterator[tuple[str, tuple[int, ...], str]]:
    yield "short_name", (), policy.short_name
    yield "title", (), policy.title
    for i, alias in enumerate(policy.aliases):
        yield "aliases", (i,), alias


def same_name(name: str) -> str:
    """Names that people cannot tell apart are one name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if not c.isspace() and c not in "《》〈〉<>“”\"'")


def _read_series(root: Path, folder: Path, problems: list[ContentProblem]) -> Iterator[StudySeries]:
    path = folder / "series.toml"
    file = path.relative_to(root).as_posix()
    if not path.is_file():
        problems.append(ContentProblem(file, 1, "缺少 series.toml；请写上系列名、简介和推送时间"))
        return
    text, unreadable = _read_text(root, path)
    table = hand_edited.parse(text)
    if unreadable or table.complaints:
        problems += [unreadable] if unreadable else [ContentProblem(file, *c) for c in table.complaints]
        return
    try:
        series = StudySeries.model_validate(table.values)
    except ValidationError as error:
        problems += [
            ContentProblem(file, table.line(str(where[0])), told)
            for where, told in mistakes(StudySeries, error)
        ]
        return
    if series.slug != folder.name:
        problems.append(ContentProblem(file, table.line("slug"), f"slug 应与文件夹同名：{folder.name}"))
    yield series


def _check_across_items(reads: list[_Read[StudyItem]], series: set[str]) -> Iterator[ContentProblem]:
    # Series and items both live under /s/<slug>.
    slugs: dict[str, str] = {slug: f"study/{slug}/series.toml" for slug in series}
    orders: dict[tuple[str, int], str] = {}
    for read in reads:
        item = read.record
        if (first := slugs.setdefault(item.slug, read.file)) != read.file:
            yield read.problem("slug", f"slug {item.slug} 已在 {first} 中使用；请换一个")
        if (first := orders.setdefault((item.series, item.order), read.file)) != read.file:
            yield read.problem("order", f"第 {item.order} 期已是 {first}；请改期数")


def _read_standing_texts(root: Path, loaded: Loaded, problems: list[ContentProblem]) -> None:
    for name, check, target in (
        ("replies.toml", toml_files.replies, loaded.replies),
        ("menu.toml", toml_files.menu, loaded.menu),
    ):
        if not (root / name).is_file():
            continue
        text, unreadable = _read_text(root, root / name)
        if unreadable:
            problems.append(unreadable)
            continue
        values, complaints = check(hand_edited.parse(text))
        target.update(values)
        problems += [ContentProblem(name, line, told) for line, told in complaints]


def _fields_to_write(record: BaseModel) -> dict[str, Any]:
    """The fields that differ from their default; the rest need not be written."""
    fields = type(record).model_fields
    return {k: v for k, v in record.model_dump(exclude_defaults=True).items() if k != "body" and k in fields}


def dump_policy(document: PolicyDocument) -> str:
    """policies/<slug>.md: reads back to the same record."""
    return front_matter.dump(_fields_to_write(document), document.body)


def dump_item(item: StudyItem) -> str:
    """study/<series>/<NN>-<slug>.md: reads back to the same record."""
    return front_matter.dump(_fields_to_write(item), item.body)


def dump_series(series: StudySeries) -> str:
    """study/<series>/series.toml: reads back to the same record."""
    return toml_files.write(series.model_dump())
