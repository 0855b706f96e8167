"""A Markdown file with pictures beside it -> the payload of an article.

---
title: 惠企政策一图读懂
author: 区工商联
digest: 三分钟了解本月新政
source_url: https://example.cn/p/abc
cover: 封面.jpg        (without it the first picture of the text)
---
## 正文 …
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bot.content.front_matter import FrontMatter, FrontMatterError, parse
from bot.core.storage import Storage
from bot.outgoing.payloads import pictures
from bot.outgoing.payloads.markdown import lay_out, place
from bot.outgoing.payloads.pictures import PictureUnfit
from bot.outgoing.payloads.problem import ArticleUnreadable, Problem

FILE_BYTES = 200_000
FIELDS = ("title", "author", "digest", "source_url", "cover")
_LABELS = {"title": "标题", "author": "作者", "digest": "摘要", "source_url": "原文链接", "cover": "封面"}


def read_article(path: Path, storage: Storage) -> dict[str, Any]:
    """The payload of an article file; its pictures are stored in `storage`, fit for WeChat. Raises ArticleUnreadable with the
    line of everything that cannot be taken over. WeChat's limits of length are for `check`."""
    text = _read_text(path)
    try:
        matter = parse(text)
    except FrontMatterError as error:
        raise ArticleUnreadable([Problem(place(error.line), error.message)]) from error
    folder = _Folder(path.parent, storage)
    problems = _wrong_fields(matter)
    first_line = text.count("\n") - matter.body.count("\n") + 1
    html, wrong = lay_out(matter.body, first_line, folder.inline)
    cover = _cover(matter, folder, problems)
    if problems or wrong:
        raise ArticleUnreadable([*problems, *wrong])
    fields = {key: matter.head.get(key, "") for key in ("title", "author", "digest", "source_url")}
    return {**fields, "html": html, "cover": cover, "pictures": folder.shown}


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) > FILE_BYTES:
            raise ArticleUnreadable([Problem(path.name, "文件太大，不像一篇文章；请核对，或分成几篇。")])
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise ArticleUnreadable([Problem(path.name, "打不开这个文件；请核对路径和读取权限。")]) from error
    except UnicodeDecodeError as error:
        raise ArticleUnreadable(
            [Problem(path.name, "不是 UTF-8 编码；请用编辑器「另存为」UTF-8。")]
        ) from error


def _wrong_fields(matter: FrontMatter) -> list[Problem]:
    known = "、".join(FIELDS)
    strange = [
        Problem(place(matter.line((key,))), f"没有 {key} 这个字段；请删去，可用的是 {known}。")
        for key in matter.head
        if key not in FIELDS
    ]
    lists = [
        Problem(place(matter.line((key,))), f"{_LABELS[key]}（{key}）应为一行文字。")
        for key in FIELDS
        if not isinstance(matter.head.get(key, ""), str)
    ]
    return strange + lists


def _cover(matter: FrontMatter, folder: _Folder, problems: list[Problem]) -> dict[str, str] | None:
    """The cover, or None when there is no picture at all, of which `check` complains."""
    named = matter.head.get("cover")
    name = named if isinstance(named, str) and named else next((one["name"] for one in folder.shown), None)
    if not name:
        return None
    try:
        return folder.cover(name)
    except PictureUnfit as error:
        problems.append(Problem(place(matter.line(("cover",))), f"封面：{error}"))
        return None


class _Folder:
    """The pictures beside an article; each is read and kept once."""

    def __init__(self, root: Path, storage: Storage) -> None:
        self._root, self._storage = root.resolve(), storage
        self.shown: list[dict[str, str]] = []  # name and sha256 of those in the text, in its order

    def inline(self, source: str) -> str:
        """The SHA-256 of a picture that the text names, made fit. Raises PictureUnfit."""
        name = unquote(source).replace("\\", "/")
        for known in self.shown:
            if known["name"] == name:
                return known["sha256"]
        digest = pictures.store(self._storage, pictures.inline(self._bytes(name)))
        self.shown.append({"name": name, "sha256": digest})
        return digest

    def cover(self, name: str) -> dict[str, str]:
        """A picture as cover. Raises PictureUnfit."""
        digest = pictures.store(self._storage, pictures.cover(self._bytes(name.replace("\\", "/"))))
        return {"name": name, "sha256": digest}

    def _bytes(self, name: str) -> bytes:
        if "://" in name or name.startswith(("//", "data:")):
            raise PictureUnfit("微信不显示别处的图片；请把图片下载到文章旁边，写文件名。")
        try:
            file = (self._root / name).resolve()
            if not file.is_relative_to(self._root):
                raise PictureUnfit(f"「{name}」不在文章的文件夹里；请把图片放到文章旁边。")
            if file.stat().st_size > pictures.FILE_BYTES:
                raise PictureUnfit(f"「{name}」超过 30 MB；请压缩后再用。")
            return file.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
            raise PictureUnfit(f"找不到图片「{name[:60]}」；请核对文件名，图片要放在文章旁边。") from error
