"""Content made for a test: a shipped record with other fields, put into the rows that a running place reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from bot.core.db import transaction
from models.content import content_changed
from models.policies import Policy
from tests.support.place import Place, eventually

PAYMENT = "kuan-xiang-zhi-fu-tiao-li"
FACTS: list[dict[str, Any]] = [
    {"about": "材料", "text": "投诉要交合同、交货或验收凭证、对账单", "source": "试验办法第三条", "grade": "A"},
    {"about": "材料", "text": "还要一份催款记录", "source": "试验通报", "grade": "C"},
    {"about": "条件", "text": "投诉人是中小企业，欠款没有争议", "source": "试验办法第二条", "grade": "A"},
    {"about": "流程", "text": "先登记，再由被投诉方的主管部门核实", "source": "试验办法第四条", "grade": "A"},
    {"about": "时限", "text": "收到材料后三十日内答复", "source": "保障中小企业款项支付条例第二十五条", "grade": "A"},
    {"about": "时限", "text": "答复缩短为二十日", "source": "试验修订第一条", "grade": "A", "since": "2030-01-01"},
    {"about": "地点", "text": "在试验大厅三号窗口", "source": "试验办法第五条", "grade": "B"},
    {"about": "电话", "text": "打12345", "source": "试验办法第五条", "grade": "B"},
    {"about": "金额", "text": "没有约定的每日万分之五", "source": "保障中小企业款项支付条例第十七条", "grade": "A"},
    {"about": "费用", "text": "不收费", "source": "试验办法第六条", "grade": "A"},
    {"about": "截止", "text": "付款期满后三年内", "source": "试验办法第七条", "grade": "A"},
]  # fmt: skip
CHECKS: list[dict[str, Any]] = [
    {"ask": "您的企业是中小企业吗？", "otherwise": "条例保护的是中小企业，大型企业按合同办。", "source": "条例第三条", "grade": "A"},
    {"ask": "欠款有争议吗？", "wanted": False, "otherwise": "有争议的先协商或起诉，没有争议的部分可以先要。", "source": "条例第十五条", "grade": "C"},
]  # fmt: skip


def change(place: Place, slug: str, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change a record's fields and wait until the place answers with them."""
    before = place.services.libraries.current().version
    with transaction(place.engine) as db:
        row = db.scalars(select(Policy).where(Policy.slug == slug)).one()
        document = dict(row.document)
        edit(document)
        row.document = document
        content_changed(db)
    eventually(lambda: place.services.libraries.current().version != before)


def fill(place: Place) -> None:
    """Give 款项支付条例 facts of every side but 后果, and two conditions."""
    change(
        place, PAYMENT, lambda document: document.update(facts=FACTS, checks=CHECKS, decider="试验主管部门")
    )
