"""/healthz, /readyz and /metrics for the operator's monitoring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.core import clock, schema
from bot.core.db import reading
from bot.core.logs import get_logger
from bot.runtime.services import Services
from bot.wechat import quotas
from models.appeals import Appeal, Attachment
from models.inbound import Inbound
from models.jobs import Beat
from models.outgoing import Broadcast, Delivery
from models.wechat import token_row

log = get_logger(__name__)


def blueprint(services: Services) -> Blueprint:
    """The three addresses; none of them says anything about a person."""
    bp = Blueprint("health", __name__)

    @bp.get("/healthz")
    def alive() -> Response:
        return Response("ok", content_type="text/plain")

    @bp.get("/readyz")
    def ready() -> tuple[Response, int]:
        checks = readiness(services)
        good = all(check["ok"] for check in checks.values())
        return jsonify({"ready": good, "checks": checks}), 200 if good else 503

    @bp.get("/metrics")
    def metrics() -> Response:
        return Response(metrics_text(services), content_type="text/plain; version=0.0.4; charset=utf-8")

    return bp


def readiness(services: Services) -> dict[str, dict[str, Any]]:
    """Database, schema, the token's age and the scheduler's last beat, each with what to do."""
    try:
        with reading(services.engine) as db:
            db.execute(text("SELECT 1"))
            status = schema.status(services.engine)
            return {
                "database": {"ok": True},
                "schema": {"ok": status.ready, "current": status.current, "head": status.head},
                "token": _token_state(db, services) if status.ready else {"ok": False},
                "scheduler": _scheduler_state(db, services) if status.ready else {"ok": False},
            }
    except Exception as error:
        log.exception("database_unreachable")
        return {
            "database": {"ok": False, "error": type(error).__name__, "do": "检查 [database] url 和数据库服务"}
        }


def _token_state(db: Session, services: Services) -> dict[str, Any]:
    """The token's state. One that was never needed yet is fine; one whose last fetch failed is not."""
    row = token_row(db, services.config.wechat.appid)
    if row is None or not row.token:
        return {"ok": row is None or not row.last_error, "age_seconds": None}
    age = (clock.now() - row.fetched_at).total_seconds() if row.fetched_at else None
    return {"ok": not row.last_error, "age_seconds": age}


def _scheduler_state(db: Session, services: Services) -> dict[str, Any]:
    if not services.config.scheduler.enabled:
        return {"ok": True, "enabled": False}
    last = db.scalar(select(Beat.at).where(Beat.name == "scheduler"))
    patience = timedelta(seconds=services.config.scheduler.beat_seconds * 4 + 10)
    overdue = last is None or clock.now() - last > patience
    return {
        "ok": not overdue,
        "last_beat": last.isoformat() if last else None,
        "do": "启动 tongxin scheduler 或 tongxin run",
    }


def metrics_text(services: Services) -> bytes:
    """Counts from the rows, in Prometheus' text format."""
    registry = CollectorRegistry()
    counted = {
        "tongxin_deliveries": (Delivery.state, "deliveries by state"),
        "tongxin_broadcasts": (Broadcast.state, "broadcasts by state"),
        "tongxin_appeals": (Appeal.state, "appeals by state"),
        "tongxin_attachments": (Attachment.state, "attachments by state"),
        "tongxin_inbound": (Inbound.kind, "messages and events by kind"),
    }
    with reading(services.engine) as db:
        for name, (column, words) in counted.items():
            gauge = Gauge(name, words, ["state"], registry=registry)
            column_: Any = column
            for state, count in db.execute(select(column_, func.count()).group_by(column_)):
                gauge.labels(str(state)).set(count)
        left = Gauge("tongxin_allowance_left", "what WeChat still allows", ["name"], registry=registry)
        for name, allowance in quotas.allowances(services.config).items():
            rest = quotas.left(db, allowance, clock.now())
            left.labels(name).set(float("inf") if rest is None else rest)
        incidents = Gauge("tongxin_incidents", "messages whose handler failed", registry=registry)
        incidents.set(db.scalar(select(func.count()).where(Inbound.incident.is_not(None))) or 0)
    return generate_latest(registry)
