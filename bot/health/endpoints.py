"""/healthz, /readyz and /metrics for the operator's monitoring."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from bot.core import clock
from bot.core.db import reading
from bot.health.readiness import Readiness
from bot.runtime.services import Services
from bot.wechat import quotas
from models.appeals import Appeal, Attachment
from models.inbound import Inbound
from models.outgoing import Broadcast, Delivery


def blueprint(services: Services) -> Blueprint:
    """The three addresses; none of them says anything about a person."""
    bp = Blueprint("health", __name__)
    readiness = Readiness(services)

    @bp.get("/healthz")
    def alive() -> Response:
        return Response("ok", content_type="text/plain")

    @bp.get("/readyz")
    def ready() -> tuple[Response, int]:
        checks = readiness.checks()
        good = all(check["ok"] for check in checks.values())
        return jsonify({"ready": good, "checks": checks}), 200 if good else 503

    @bp.get("/metrics")
    def metrics() -> Response:
        return Response(metrics_text(services), content_type="text/plain; version=0.0.4; charset=utf-8")

    return bp


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
