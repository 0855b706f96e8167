"""List pages: filters, sorting, paging, columns and saved views, all in the address, so that a list can be passed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from bot.core.bounds import row_id
from models.staff import Staff
from models.views import SavedView

SIZES = (20, 50, 100)
MOST_OFFSET = 1_000_000
Condition = ColumnElement[bool] | None
Arguments = MultiDict[str, str]


@dataclass(frozen=True)
class Column:
    """One column. `cell` makes what is shown of a row, `sort` is what the database sorts by (None: not sortable)."""

    key: str
    title: str
    cell: Callable[[Any], object]
    sort: Any = None
    shown: bool = True  # before somebody chooses
    numeric: bool = False
    lead: bool = False  # the head of a card on a phone


@dataclass(frozen=True)
class Filter:
    """One field of the filter bar. `kind`: text, choice, flag, from, to. `condition` turns what was typed into SQL; None
    when it makes no sense, and then nothing is filtered."""

    key: str
    label: str
    condition: Callable[[str], Condition]
    kind: str = "text"
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""
    shown: bool = True  # False: only from a link


@dataclass(frozen=True)
class Listing:
    """A list page. `order` is the sort when nobody chose one: a column's key, with «-» in front to go down."""

    page: str
    columns: Sequence[Column]
    filters: Sequence[Filter]
    order: str
    last: Any  # settles equal rows: the primary key
    size: int = 20

    def read(
        self, db: Session, query: Select[Any], arguments: Arguments, *, by: Staff | None = None
    ) -> Listed:
        """The rows of this address. `query` selects one entity and holds what may be seen at all."""
        for one in self.filters:
            said = arguments.get(one.key, "").strip()
            condition = one.condition(said[:200]) if said else None
            if condition is not None:
                query = query.where(condition)
        total = db.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
        size = _one_of(arguments.get("size"), SIZES, self.size)
        pages = max(1, -(-total // size))
        number = min(max(1, _number(arguments.get("page"))), pages)
        order, down = self._order(arguments.get("sort", ""))
        sort = next(c.sort for c in self.columns if c.key == order)
        ranked = query.order_by(sort.desc() if down else sort.asc(), self.last.desc())
        rows = list(db.scalars(ranked.offset(min((number - 1) * size, MOST_OFFSET)).limit(size)).unique())
        views = _views(db, by, self.page) if by else []
        return Listed(self, rows, total, number, pages, size, ("-" if down else "") + order, arguments, views)

    def _order(self, wanted: str) -> tuple[str, bool]:
        """The sort column that was asked for, if it can be sorted by; else the usual one."""
        sortable = {c.key for c in self.columns if c.sort is not None}
        chosen = wanted if wanted.lstrip("-") in sortable else self.order
        return chosen.lstrip("-"), chosen.startswith("-")


@dataclass(frozen=True)
class Listed:
    """One page of a list, ready for the template `base/list.html`."""

    listing: Listing
    rows: list[Any]
    total: int
    page: int
    pages: int
    size: int
    sort: str
    arguments: Arguments
    views: list[SavedView] = field(default_factory=list)

    @property
    def columns(self) -> list[Column]:
        """The columns that are shown."""
        wanted = set(self.arguments.getlist("cols"))
        chosen = [c for c in self.listing.columns if c.key in wanted]
        return chosen or [c for c in self.listing.columns if c.shown]

    @property
    def filtered(self) -> list[tuple[str, str, str]]:
        """The filters in force: label, value in words, and the address without it."""
        found = []
        for one in self.listing.filters:
            said = self.arguments.get(one.key, "").strip()
            if said:
                words = dict(one.choices).get(said, said) if one.kind != "flag" else "是"
                found.append((one.label, words, self.address(page=None, **{one.key: None})))
        return found

    def address(self, **changes: object) -> str:
        """This list's address with changes; None takes a key out."""
        kept = [(k, v) for k, v in self.arguments.items(multi=True) if k not in changes and v]
        return "?" + urlencode(kept + [(k, str(v)) for k, v in changes.items() if v not in (None, "")])

    def sorted_by(self, column: Column) -> str:
        """The address that sorts by this column, the other way round when it already does."""
        return self.address(sort=f"-{column.key}" if self.sort == column.key else column.key, page=None)

    def direction(self, column: Column) -> str | None:
        """ascending, descending or None, for aria-sort."""
        if self.sort.lstrip("-") != column.key:
            return None
        return "descending" if self.sort.startswith("-") else "ascending"

    def around(self) -> list[int | None]:
        """Page numbers for the pager; None is a gap."""
        wanted = sorted({1, 2, self.page - 1, self.page, self.page + 1, self.pages - 1, self.pages})
        found: list[int | None] = []
        for number in (n for n in wanted if 1 <= n <= self.pages):
            if found and found[-1] is not None and number > found[-1] + 1:
                found.append(None)
            found.append(number)
        return found


def one_of(
    condition: Callable[[str], Condition], choices: Sequence[tuple[str, str]]
) -> Callable[[str], Condition]:
    """Apply a condition only to one of the choices."""
    known = {value for value, _ in choices}
    return lambda said: condition(said) if said in known else None


def _views(db: Session, by: Staff, page: str) -> list[SavedView]:
    mine = select(SavedView).where(SavedView.staff_id == by.id, SavedView.page == page)
    return list(db.scalars(mine.order_by(SavedView.name)))


def _number(said: str | None) -> int:
    return row_id(said) or 1


def _one_of(said: str | None, known: Sequence[int], usual: int) -> int:
    number = _number(said)
    return number if number in known else usual
