"""What verbs share that act on the service's database for a named colleague."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from bot.app import build_services
from bot.commands.context import config_of
from bot.core import schema
from bot.core.db import transaction
from bot.runtime.services import ServiceActor, Services
from models.outgoing import Broadcast
from models.staff import Staff, find_staff


@contextmanager
def services_of(ctx: click.Context) -> Iterator[Services]:
    """The services on the configured database, which must be at head."""
    services = build_services(config_of(ctx))
    try:
        schema.require_ready(schema.status(services.engine))
        yield services
    finally:
        services.engine.dispose()


@contextmanager
def acting(ctx: click.Context, by_name: str | None = None) -> Iterator[ServiceActor]:
    """The colleague with this name, else the system, in one transaction that is committed when the block ends."""
    with services_of(ctx) as services, transaction(services.engine) as db:
        yield actor_in(db, services, by_name)


def actor_in(db: Session, services: Services, by_name: str | None) -> ServiceActor:
    """The colleague with this name, else the system, in a transaction that is open already."""
    return ServiceActor(db, colleague(db, by_name) if by_name else None, services)


def colleague(db: Session, name: str) -> Staff:
    """The colleague with this name; an unknown one ends the command, saying how to add somebody."""
    found = find_staff(db, name)
    if found is None:
        raise click.ClickException(
            f"没有同事「{name}」。用 tongxin staff list 查看；新同事先添加：tongxin staff add {name} --role 受理员"
        )
    return found


def broadcast_numbered(db: Session, number: int) -> Broadcast:
    """The broadcast with this number; an unknown one ends the command."""
    found = db.get(Broadcast, number)
    if found is None:
        raise click.ClickException(f"没有第 {number} 号群发。用 tongxin broadcast list 查看编号。")
    return found
