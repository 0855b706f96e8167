"""What the operator does from the server's shell without a second person: the reason is kept, and all officers are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.core.actor import Actor

HELP = "为什么在服务器上办；会记入操作记录，并告知全体工作人员。"
reason_option = click.option("--reason", default="", metavar="理由", help=HELP)
needed_reason_option = click.option("--reason", required=True, metavar="理由", help=HELP)


def note(actor: Actor, action: str, subject: str, subject_id: int | None, what: str, reason: str) -> None:
    """Write down what was done here, and tell the office."""
    from bot.core import audit
    from bot.staff import inbox

    audit.record(actor.db, None, action, subject, subject_id, reason=reason or None)
    said = f"理由：{reason}" if reason else "没有写理由。"
    inbox.tell_officers(actor.db, "shell", f"技术员在服务器上{what}。{said}")
