"""One case from the appellant's phone to 办结 and survey, in real browsers, by four people."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models.appeals import Appeal, AppealState
from tests.console.browser import PHONE, Browsers
from tests.simulator.test_chat_page import say
from tests.support.place import eventually
from tests.support.variants import ON_SQLITE

pytestmark = [pytest.mark.browser, ON_SQLITE]  # the pages' statements: test_paths.py and the other tests here
WAIT = 30_000


def act(page: Page, number: str, label: str, button: str, **fields: str) -> None:
    """Open the case, press the act's button, fill its form in, send it."""
    page.goto(re.sub(r"/console/.*", f"/console/appeals/{number}", page.url))
    page.get_by_role("link", name=label, exact=True).click()
    for name, value in fields.items():
        field = page.locator(f"[name={name}]")
        if field.first.get_attribute("type") == "radio":
            page.locator(f"[name={name}][value='{value}']").check()
        elif field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    page.get_by_role("button", name=button).click()
    page.locator(".flash-good, button[name=sure]").first.wait_for()
    if page.locator("button[name=sure]").count():  # what leaves the house is seen first
        page.locator("button[name=sure]").click()
    page.wait_for_url(f"**/console/appeals/{number}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "nothing runs out of the screen"
    )


def test_a_case_from_the_chat_to_the_survey(browser_console: Browsers) -> None:
    place = browser_console.place
    place.citizen().says("帮助")  # the first message loads the language's tables
    place.sim("followers", {"count": 1, "notify": False})
    chat = browser_console.new_context(viewport={"width": 390, "height": 844}).new_page()
    chat.goto(f"{place.simulator}/")
    for words, hears in (
        ("提诉求", "诉求类型"), ("2", "哪一类"), ("2", "具体情况"), ("银行不肯续贷，下周就到期了，请帮忙协调", "已记下"),
        ("完成", "全称"), ("星光科技有限公司", "联系"), ("王明 13800138000", "同意"), ("1", "请核对"), ("1", "编号"),
    ):  # fmt: skip
        say(chat, words, hears)
    number = place.query(lambda db: db.scalar(select(Appeal.number)))

    clerk = browser_console.sign_in("clerk")
    clerk.get_by_role("link", name="待受理").first.click()
    expect(clerk.get_by_role("link", name=number)).to_be_visible()
    expect(clerk.get_by_text("138****8000")).to_be_visible()
    act(clerk, number, "受理", "受理", urgency="一般")
    expect(chat.get_by_text("已受理").last).to_be_visible(timeout=WAIT)

    dispatcher = browser_console.sign_in("dispatcher")
    act(dispatcher, number, "派单", "派单", unit="区经信局（区级部门）")
    expect(chat.get_by_text("办理时限").last).to_be_visible(timeout=WAIT)

    unit = browser_console.sign_in("unit", PHONE)
    unit.goto(f"{place.url}/console/notices")
    unit.get_by_role("button", name="打开").first.click()
    unit.wait_for_url(f"**/console/appeals/{number}")
    expect(unit.get_by_text("13800138000")).to_be_visible()
    act(unit, number, "签收", "签收", handler="赵科长")
    act(unit, number, "登记联系", "登记联系", how="电话", words="已与企业通话，了解贷款到期时间。")
    act(unit, number, "✎ 写内部备注", "保存内部备注", words="这家企业的负责人很着急，请优先处理一下。")
    act(unit, number, "登记进展", "登记进展", seen_by="public", words="已约银行周四面谈。")
    act(unit, number, "反馈办理结果", "提交审核", result_class="已解决", result="银行同意续贷三个月。")

    act(
        dispatcher,
        number,
        "审核通过并答复",
        "发给诉求人并办结",
        public_reply="您好，银行已同意续贷三个月，请联系客户经理办理。",
    )
    answer = chat.get_by_text("银行已同意续贷三个月").last
    expect(answer).to_be_visible(timeout=WAIT)
    chat.get_by_text("已解决", exact=True).last.click()
    expect(chat.get_by_text("满意").last).to_be_visible(timeout=WAIT)
    chat.get_by_text("很满意").last.click()
    eventually(lambda: _state(browser_console, number) is AppealState.CLOSED)

    clerk.goto(f"{place.url}/console/appeals/{number}")
    expect(clerk.get_by_text("已解决 · 很满意")).to_be_visible()
    expect(clerk.locator(".said-internal", has_text="很着急")).to_have_count(1)
    expect(clerk.locator(".said-public", has_text="很着急")).to_have_count(0)
    assert "很着急" not in chat.content(), "an internal note never reaches the appellant"


def _state(browsers: Browsers, number: str) -> AppealState | None:
    return browsers.place.query(lambda db: db.scalar(select(Appeal.state).where(Appeal.number == number)))  # type: ignore[no-any-return]
