"""The console in a real browser: with and without scripts, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

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


def test_words_that_were_not_sent_can_be_had_back(browser_console: Browsers) -> None:
    page = browser_console.sign_in("admin")
    fill_in(page, "会话结束街道", "写了很久的备注")
    page.context.clear_cookies()
    page.click("main button:has-text('保存')")
    expect(page.locator("h1")).to_have_text("工作人员登录")
    page.fill("[name=name]", browser_console.office.people["admin"].name)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/console/")
    page.goto(page.url + "units/new")
    page.click("text=恢复到表单")
    expect(page.locator("[name=note]")).to_have_value("写了很久的备注")
    assert units(browser_console, "会话结束街道") == 0


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
