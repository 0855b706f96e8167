"""Bytes from outside become a dict of clean strings, or MalformedPush: never another exception, always in linear time.

The tree has strings, dicts and lists only. Elements that repeat become a list, empty ones "". Attributes are
ignored. Everything in it can be stored in any database and written back as XML.
"""

from __future__ import annotations

import json
import re
from typing import Any
from xml.parsers import expat

DEPTH = 16  # the deepest event of platform §2 has 6 levels
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]+)|([0-9]+));")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"


class MalformedPush(ValueError):
    """The body is not what WeChat sends. The text never repeats any of it."""


def parse(body: bytes | str) -> dict[str, Any]:
    """The fields of an XML `<xml>` document or a JSON object. Raises MalformedPush.

    Invalid UTF-8 and characters that XML 1.0 forbids (lessons B1), also as numeric references, are dropped or
    replaced, because they come from people's keyboards. A DOCTYPE is refused whatever it declares.
    """
    text = body.decode("utf-8", errors="replace") if isinstance(body, bytes) else body
    text = clean(text).lstrip("\ufeff").strip()
    fields = _parse_json(text) if text.startswith("{") else _parse_xml(_without_bad_references(text))
    if not fields:
        raise MalformedPush("empty")
    return fields


def clean(text: str) -> str:
    """Text without the characters that XML 1.0 forbids, lone surrogates among them."""
    return _FORBIDDEN.sub("", text)


def _without_bad_references(text: str) -> str:
    """Drop `&#0;` and its like outside of CDATA, where they would stop the parser."""
    markup, *sections = text.split(_CDATA)
    parts = [_REFERENCE.sub(_without_forbidden, markup)]
    for section in sections:
        inside, end, outside = section.partition(_CDATA_END)
        parts.append(f"{inside}{end}{_REFERENCE.sub(_without_forbidden, outside)}")
    return _CDATA.join(parts)


def _without_forbidden(reference: re.Match[str]) -> str:
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    digits = digits.lstrip("0") or "0"
    if len(digits) > 7 or (point := int(digits, base)) > 0x10FFFF or _FORBIDDEN.match(chr(point)):
        return ""
    return reference[0]


def _parse_xml(text: str) -> dict[str, Any]:
    tree = _Tree()
    parser = expat.ParserCreate("utf-8")  # overrides whatever encoding the document declares
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = tree.start
    parser.CharacterDataHandler = tree.text
    parser.EndElementHandler = tree.end
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise MalformedPush(f"XML: {expat.ErrorString(error.code)}") from None
    if tree.name != "xml" or not isinstance(tree.value, dict):
        raise MalformedPush("XML: no <xml> with fields")
    return tree.value


def _refuse_doctype(*_: object) -> None:
    raise MalformedPush("XML: DOCTYPE")


class _Tree:
    """Builds the dict while expat reads; stops at an element that is nested too deep, before going on."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.value: str | dict[str, Any] = ""
        self._open_elements: list[tuple[str, dict[str, Any], list[str]]] = []

    def start(self, name: str, _attributes: object) -> None:
        if len(self._open_elements) == DEPTH:
            raise MalformedPush("XML: nested too deep")
        self._open_elements.append((name, {}, []))

    def text(self, text: str) -> None:
        if self._open_elements:
            self._open_elements[-1][2].append(text)

    def end(self, _name: str) -> None:
        name, children, texts = self._open_elements.pop()
        value: str | dict[str, Any] = children or "".join(texts)
        if not self._open_elements:
            self.name, self.value = name, value
        else:
            _add_child(self._open_elements[-1][1], name, value)


def _add_child(parent: dict[str, Any], name: str, value: str | dict[str, Any]) -> None:
    if name not in parent:
        parent[name] = value
    elif isinstance(parent[name], list):
        parent[name].append(value)
    else:
        parent[name] = [parent[name], value]


def _parse_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, strict=False)
    except (ValueError, RecursionError):
        raise MalformedPush("JSON") from None
    tidied = _tidied(value, 1)
    return tidied if isinstance(tidied, dict) else {}


def _tidied(value: object, depth: int) -> Any:
    """JSON values as XML would have given them; escapes can smuggle in what `clean` has already taken out."""
    if isinstance(value, dict | list) and depth > DEPTH:
        raise MalformedPush("JSON: nested too deep")
    if isinstance(value, dict):
        return {clean(name): _tidied(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_tidied(inner, depth + 1) for inner in value]
    return "" if value is None else clean(str(value))
