"""Vectors of everyday questions, made as a kind of work: 20 ms of a core each."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists

from bot.content.meanings import make_vectors
from bot.runtime.services import Services
from bot.runtime.work import WorkKind
from models.meanings import Meaning


def make(services: Services) -> int:
    """Some of the vectors that are not made yet; nothing where the meaning of words is switched off."""
    return make_vectors(services.engine, services.encoder) if services.encoder else 0


def _unmade() -> ColumnElement[bool]:
    return exists().where(Meaning.vector.is_(None))


KINDS = (WorkKind("meanings", make, _unmade()),)
