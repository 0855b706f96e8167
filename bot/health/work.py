"""Alerts by mail, sent as a kind of work."""

from __future__ import annotations

from sqlalchemy import exists

from bot.health import mailing
from bot.runtime.work import WorkKind

KINDS = (WorkKind("mail", mailing.send_next, exists().where(*mailing.DUE)),)
