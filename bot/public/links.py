"""What a broadcast says, made from what staff have at hand: a text file, an article, one of our own pages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content import records
from bot.content.records import PolicyDocument
from bot.core.refusals import Refusal
from bot.policies import texts
from bot.runtime.services import Services
from bot.study import series
from bot.wechat.replies import anchor
from models.policies import Policy
from models.study import Item, Series


class PageUnfit(Refusal):
    """This cannot be broadcast; the Chinese text says what to do instead."""


def of_page(services: Services, db: Session, slug: str) -> tuple[str, dict[str, Any]]:
    """Title and payload of a card for one of our policies or study items. Raises PageUnfit: what is not verified or
    not in force does not go out to everybody (domain §8.2)."""
    stored = db.scalar(select(Policy).where(Policy.slug == slug))
    if stored is not None:
        return _of_policy(
            services, db, PolicyDocument.model_validate({**stored.document, "body": stored.body})
        )
    item = db.scalar(select(Item).where(Item.slug == slug))
    if item is None:
        raise PageUnfit(f"没有标识为 {slug} 的政策或学习资料；标识是网页地址 /p/ 或 /s/ 后面的部分。")
    its_series = db.get_one(Series, item.series_id)
    return item.title, series.payload(its_series, item, services.url(f"/s/{slug}"))


def _of_policy(services: Services, db: Session, policy: PolicyDocument) -> tuple[str, dict[str, Any]]:
    if policy.superseded_by:
        raise PageUnfit(
            f"「{policy.short_name}」已被替代，请改发现行的文件（{policy.superseded_by[0].slug}）。"
        )
    if records.is_unverified(policy):
        raise PageUnfit(f"「{policy.short_name}」还没有核验，不能群发；请先核对原文并更新核验等级。")
    if policy.status not in records.IN_FORCE:
        raise PageUnfit(
            f"「{policy.short_name}」的效力状态是「{policy.status.value}」，不能作为现行政策群发。"
        )
    url = services.url(f"/p/{policy.slug}")
    caveat = texts.Shown(policy, ()).caveat
    digest = "；".join(part for part in (policy.summary, caveat) if part)
    words = f"【惠企政策】{policy.short_name}\n{digest}\n\n{anchor(url, '查看详情')}"
    return policy.short_name, {"title": policy.short_name, "digest": digest, "url": url, "text": words}
