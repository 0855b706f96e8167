"""Payloads as the platform's objects, and in words."""

from __future__ import annotations

import pytest

from bot.outgoing.payloads import (
    check,
    custom_message,
    mass_message,
    notice_message,
    possible_channels,
    template_message,
    words,
)
from tests.outgoing.payloads.kit import payload

TEXT = {"text": "明天 9 点开会"}
PAGE = {"title": "政策", "digest": "摘要", "url": "https://a.cn/p/x", "text": "政策：https://a.cn/p/x"}
FILLED = {"template_id": "T1", "data": {"thing1": "座谈会", "time2": {"value": "15:01"}}}
DATA = {"thing1": {"value": "座谈会"}, "time2": {"value": "15:01"}}


def test_customer_service_messages() -> None:
    assert custom_message("text", TEXT) == {"msgtype": "text", "text": {"content": "明天 9 点开会"}}
    page = custom_message("page", PAGE)
    assert page is not None
    (card,) = page["news"]["articles"]  # exactly one (platform §5.2)
    assert page["msgtype"] == "news"
    assert card == {"title": "政策", "description": "摘要", "url": "https://a.cn/p/x", "picurl": ""}


def test_mass_messages() -> None:
    assert mass_message("text", TEXT) == {"msgtype": "text", "text": {"content": "明天 9 点开会"}}
    assert mass_message("page", PAGE) == {"msgtype": "text", "text": {"content": PAGE["text"]}}
    assert mass_message("article", payload()) is None
    sent = mass_message("article", payload(), "M1")
    assert sent == {"msgtype": "mpnews", "mpnews": {"media_id": "M1"}, "send_ignore_reprint": 0}


@pytest.mark.parametrize("form", ["text", "page", "article", "template", "notice"])
def test_a_form_has_a_message_for_each_of_its_ways_and_no_other(form: str) -> None:
    example = {"text": TEXT, "page": PAGE, "article": payload(), "template": FILLED, "notice": FILLED}[form]
    assert check(form, example) == []
    # An article goes by customer-service message too, but as what publishing made of it, not as a draft.
    by_custom = "custom" in possible_channels(form) and form != "article"
    assert (custom_message(form, example, "M1") is not None) is by_custom
    assert (mass_message(form, example, "M1") is not None) is ("mass" in possible_channels(form))
    assert words(form, example)


def test_templates_and_notices_are_written_as_the_platform_wants_them() -> None:
    template = template_message({**FILLED, "url": "https://a.cn/"}, "tx7")
    assert template == {"template_id": "T1", "data": DATA, "url": "https://a.cn/", "client_msg_id": "tx7"}
    notice = notice_message({**FILLED, "page": "https://a.cn/"})
    assert notice == {"template_id": "T1", "data": DATA, "page": "https://a.cn/"}


def test_words_of_a_template_and_an_article() -> None:
    url = "https://a.cn/?a=1&b=2"
    link = '<a href="https://a.cn/?a=1&amp;b=2">'
    assert words("template", {**FILLED, "url": url}) == f"【通知】\n座谈会\n15:01\n{link}查看详情</a>"
    elsewhere = words("article", payload(digest="三分钟", source_url=url))
    assert elsewhere == f"《惠企政策》\n三分钟\n{link}阅读全文</a>"


def test_an_article_that_is_nowhere_else_is_told_in_full() -> None:
    body = (
        "<h2>一</h2><p>甲&lt;乙<br>丙</p><ul><li>丁</li></ul><table><tr><td>戊</td><td>己</td></tr></table>"
    )
    assert words("article", payload(html=body)) == "《惠企政策》\n\n一\n甲<乙\n丙\n丁\n戊　己"
