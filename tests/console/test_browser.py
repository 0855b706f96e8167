"""The console in a real browser: with and without scripts, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from bot.appeals.reply_templates import save
from models.appeals import AppealState
from models.units import Unit
from tests.console.browser import DESK, PHONE, Browsers
from tests.console.visitor import PASSWORD
from tests.support.variants import ON_SQLITE

pytestmark = [pytest.mark.browser, ON_SQLITE]  # the pages' statements: test_paths.py and the other tests here


def units(browsers: Browsers, name: str) -> int:
    return int(browsers.place.query(lambda db: db.scalar(select(func.count()).where(Unit.name == name))))


def fill_in(page: Page, name: str, note: str = "") -> None:
    """The page for a new unit."""
    page.goto(re.sub(r"/console/.*", "/console/units/new", page.url))
    page.fill("[name=name]", name)
    page.select_option("[name=kind]", "街道")
    page.fill("[name=note]", note)


def test_everything_works_without_scripts(browser_console: Browsers) -> None:
    page = browser_console.sign_in("admin", PHONE, java_script_enabled=False)
    page.click("summary:has-text('菜单')")
    page.click("nav >> visible=true >> text=承办单位")
    page.click("text=添加单位")
    fill_in(page, "不用脚本街道")
    page.click("main button:has-text('保存')")
    expect(page.locator(".flash-good")).to_contain_text("已保存")
    assert units(browser_console, "不用脚本街道") == 1
    page.click("button:has-text('退出')")
    expect(page.locator("h1")).to_have_text("工作人员登录")


def test_a_double_click_does_it_once(browser_console: Browsers) -> None:
    page = browser_console.sign_in("admin")
    fill_in(page, "双击街道")
    page.dblclick("main button:has-text('保存')")
    expect(page.locator(".flash-good")).to_contain_text("已保存")
    assert units(browser_console, "双击街道") == 1


TYPED = {"contact": "欧阳小明", "phone": "13812348000", "company": "石景山某公司", "body": "写了很久的内容"}


def test_a_form_that_was_sent_too_late_can_be_had_back_whole(browser_console: Browsers) -> None:
    page = browser_console.sign_in("clerk")
    page.goto(page.url + "filing")
    for name, words in TYPED.items():
        page.fill(f"[name={name}]", words)
    page.check("[name=type][value=投诉]")
    page.check("[name=share_contact]")
    page.select_option("[name=category]", "融资")
    page.context.clear_cookies()
    page.click("main button:has-text('登记')")
    expect(page.locator("h1")).to_have_text("工作人员登录")
    page.fill("[name=name]", browser_console.office.people["clerk"].name)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/console/filing")  # the same form opens
    page.click("text=恢复到表单")
    for name, words in TYPED.items():
        expect(page.locator(f"[name={name}]")).to_have_value(words)
    expect(page.locator("[name=type][value=投诉]")).to_be_checked()
    expect(page.locator("[name=share_contact]")).to_be_checked()
    expect(page.locator("[name=category]")).to_have_value("融资")


def test_what_one_colleague_typed_is_not_offered_to_the_next(browser_console: Browsers) -> None:
    page = browser_console.sign_in("clerk")
    page.goto(page.url + "filing")
    page.fill("[name=body]", "上一位写的")
    page.check("[name=type][value=投诉]")
    page.select_option("[name=category]", "融资")
    page.fill("[name=contact]", "甲")
    page.fill("[name=phone]", "13812348000")
    page.context.clear_cookies()
    page.click("main button:has-text('登记')")
    page.fill("[name=name]", browser_console.office.people["dispatcher"].name)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/console/filing")
    assert page.locator("text=恢复到表单").count() == 0
    expect(page.locator("[name=body]")).to_have_value("")


def test_a_template_leaves_what_was_typed(browser_console: Browsers) -> None:
    office = browser_console.office
    number = office.led_to(AppealState.SUBMITTED)
    with office.desk("leader") as actor:
        assert actor.by
        save(
            actor.db,
            actor.by,
            None,
            title="补充材料",
            purpose="补充",
            body="请补充合同。",
            position=1,
            active=True,
        )
    page = browser_console.sign_in("clerk")
    page.goto(page.url + f"appeals/{number}/do/ask")
    page.fill("[name=question]", "王先生，您好。")
    page.click("button:has-text('填入')")
    expect(page.locator("[name=question]")).to_have_value("王先生，您好。\n\n请补充合同。")
    assert page.locator("text=恢复到表单").count() == 0


def test_the_keyboard_goes_to_the_text_first(browser_console: Browsers) -> None:
    page = browser_console.sign_in("admin")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


@pytest.mark.parametrize("who", ["admin", "dispatcher"])
def test_no_page_is_wider_than_the_screen(browser_console: Browsers, who: str) -> None:
    page = browser_console.sign_in(who)
    entries = page.eval_on_selector_all("nav.menu a", "links => links.map(link => link.href)")
    assert len(entries) >= 5
    for entry in entries:
        page.goto(entry)
        for width, height in (DESK, PHONE):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, entry
