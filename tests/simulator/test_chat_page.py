"""A person in a real browser chats through the simulator's page, without a reload."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.core import clock
from bot.study import series
from models.appeals import Appeal, Attachment, MediaState
from models.study import enabled_series
from tests.chat.test_dialogues import picture
from tests.support.place import Place, eventually
from tests.support.variants import ON_SQLITE

pytestmark = [pytest.mark.browser, ON_SQLITE]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


@pytest.fixture
def chat(page: Page, fresh_place: Place) -> Page:
    fresh_place.sim("followers", {"count": 1, "notify": False})
    page.goto(f"{fresh_place.simulator}/")
    return page


def say(page: Page, text: str, hears: str) -> None:
    """Type, send, and wait for a bubble of the account with these words."""
    bubbles = page.locator(".bubble[data-from=account]")
    count = bubbles.count()
    page.fill("#composer", text)
    page.press("#composer", "Enter")
    # Others may come in between: the welcome, or a message that was on its way.
    eventually(lambda: any(hears in words for words in bubbles.all_inner_texts()[count:]))


def test_the_main_job_on_the_chat_page(chat: Page, fresh_place: Place, tmp_path: Path) -> None:
    if chat.locator("#follow").is_visible():
        chat.click("#follow")
        expect(chat.locator(".bubble[data-from=account]").first).to_contain_text("提诉求", timeout=10_000)
    say(chat, "政策", "惠企政策·综合")
    say(chat, "石惠十条", "待核验")
    say(chat, "石会十条", "石惠十条")
    say(chat, "民营经济促进法", "现行有效")
    say(chat, "提诉求", "诉求类型")
    say(chat, "2", "哪一类")
    say(chat, "12", "具体情况")
    say(chat, "园区断电影响生产", "已记下")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(picture())
    count = chat.locator(".bubble[data-from=account]").count()
    chat.set_input_files("#picture-file", str(photo))
    expect(chat.locator(".bubble[data-from=account]").nth(count)).to_contain_text("图片1张", timeout=10_000)
    say(chat, "完成", "全称")
    say(chat, "星光科技有限公司", "联系")
    say(chat, "王明 13800138000", "同意")
    say(chat, "1", "请核对")
    say(chat, "1", "编号")
    say(chat, "查进度", "待受理")
    say(chat, "订阅 全部", "已订阅")
    assert fresh_place.count(Appeal) == 1
    eventually(lambda: fresh_place.count(Attachment, Attachment.state == MediaState.STORED) == 1)
    assert "/s/" not in chat.locator("#log").inner_html(), "nothing was pushed yet"
    due = min(series.next_occurrence(one, clock.now()) for one in fresh_place.query(enabled_series))
    fresh_place.travel_to(due + timedelta(seconds=3))
    eventually(lambda: "/s/" in chat.locator("#log").inner_html(), 20)


def test_a_policy_page_is_readable_on_a_phone(
    page: Page, new_database: Callable[[], str], fresh_place: Place
) -> None:
    library = fresh_place.services.libraries.current()
    for policy in library.policies.values():
        answer = page.goto(f"{fresh_place.url}/p/{policy.slug}")
        assert answer is not None
        assert answer.ok
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, policy.slug
        expect(page.locator("h1")).to_have_text(policy.title)
