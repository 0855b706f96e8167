"""Makes the pictures of docs/console.md: starts a demo in a folder of its own and photographs its pages.

    .venv/bin/python docs/screenshots.py [ONLY …]

The pictures go to docs/screenshots/ (not in git), each page at 1366 and at 390 pixels. Needs Chromium.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
PICTURES = HERE / "screenshots"
WIDTHS = {"desk": 1366, "phone": 390}
TONGXIN = (sys.executable, "-m", "bot")


@dataclass(frozen=True)
class Shot:
    """One page: its picture's name, who looks, its address, and the state of the case that stands for {case}."""

    name: str
    who: str
    path: str
    state: str = ""


SHOTS = (
    Shot("sign-in", "", "/console/sign-in"),
    Shot("dashboard", "老赵", "/console/"),
    Shot("list", "老赵", "/console/appeals?tab=all"),
    Shot("list-filtered", "老赵", "/console/appeals?tab=all&light=yellow&cols=number&cols=light&cols=title&cols=unit&cols=due"),
    Shot("case", "老赵", "/console/appeals/{case}", "批复延期"),
    Shot("case-new", "小林", "/console/appeals/{case}", "待受理"),
    Shot("accept", "小林", "/console/appeals/{case}/do/accept", "待受理"),
    Shot("decline", "小林", "/console/appeals/{case}/do/decline", "待受理"),
    Shot("dispatch", "老赵", "/console/appeals/{case}/do/dispatch", "待派单"),
    Shot("approve", "老赵", "/console/appeals/{case}/do/approve", "待审核"),
    Shot("reply", "小林", "/console/appeals/{case}/do/reply", "待派单"),
    Shot("note", "小林", "/console/appeals/{case}/do/note", "待派单"),
    Shot("survey", "小林", "/console/appeals/{case}/do/record_survey", "待回访"),
    Shot("contact", "小林", "/console/appeals/{case}/contact", "待派单"),
    Shot("filing", "小林", "/console/filing"),
    Shot("phone-tasks", "小林", "/console/phone-tasks"),
    Shot("notices", "老赵", "/console/notices"),
    Shot("messages", "小林", "/console/messages"),
    Shot("duty", "小林", "/console/duty"),
    Shot("templates", "陈主任", "/console/reply-templates"),
    Shot("papers", "陈主任", "/console/supervisions"),
    Shot("paper", "陈主任", "/console/supervisions/{paper}"),
    Shot("template", "陈主任", "/console/reply-templates/new"),
    Shot("duplicates", "小林", "/console/appeals/{case}/duplicates", "待受理"),
    Shot("statistics", "陈主任", "/console/statistics?period=year"),
    Shot("statistics-trend", "陈主任", "/console/statistics/trend"),
    Shot("statistics-by", "陈主任", "/console/statistics/by/category"),
    Shot("statistics-cases", "陈主任", "/console/appeals?set=received&from=2020-01-01&to=2099-12-31"),
    Shot("ledger", "陈主任", "/console/ledger"),
    Shot("confirmations", "陈主任", "/console/confirmations"),
    Shot("account", "陈主任", "/console/account"),
    Shot("totp", "陈主任", "/console/account/totp"),
    Shot("colleagues", "周工", "/console/staff"),
    Shot("colleague-new", "周工", "/console/staff/new"),
    Shot("units", "周工", "/console/units"),
    Shot("unit-new", "周工", "/console/units/new"),
    Shot("trail", "钱审计", "/console/trail"),
    Shot("unit-dashboard", "孙科长", "/console/"),
    Shot("unit-list", "孙科长", "/console/appeals?tab=mine"),
    Shot("unit-case", "孙科长", "/console/appeals/{case}", "办理中"),
    Shot("unit-progress", "孙科长", "/console/appeals/{case}/do/progress", "办理中"),
    Shot("unit-result", "孙科长", "/console/appeals/{case}/do/hand_in", "办理中"),
)  # fmt: skip
STATES = {
    "待受理": "submitted",
    "待派单": "accepted",
    "待审核": "pending_review",
    "待回访": "resolved",
    "办理中": "in_progress",
}


def main(wanted: list[str]) -> None:
    """Take the pictures, all or those that are named."""
    PICTURES.mkdir(exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder)) as (address, password),
        sync_playwright() as p,
    ):
        browser = p.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for label, width in WIDTHS.items():
            for who in dict.fromkeys(shot.who for shot in SHOTS):
                shots = [shot for shot in SHOTS if shot.who == who and (not wanted or shot.name in wanted)]
                if shots:
                    photograph(browser, address, password, width, label, shots)
        browser.close()


def photograph(
    browser: Browser, address: str, password: str, width: int, label: str, shots: list[Shot]
) -> None:
    """One colleague's pages at one width."""
    page = browser.new_page(viewport={"width": width, "height": 800}, locale="zh-CN")
    if shots[0].who:
        page.goto(f"{address}/console/sign-in")
        page.fill("[name=name]", shots[0].who)
        page.fill("[name=password]", password)
        page.click("main button")
        page.wait_for_url("**/console/")
    for shot in shots:
        page.goto(address + filled(page, address, shot))
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.screenshot(path=PICTURES / f"{shot.name}-{label}.png", full_page=True)
        print(
            f"{shot.name:16} {width:5} {page.title()[:50]}{'  TOO WIDE ' + str(wide) if wide > width else ''}"
        )
    page.close()


def filled(page: Page, address: str, shot: Shot) -> str:
    """The address with the first fitting case or paper in it."""
    if "{paper}" in shot.path:
        page.goto(f"{address}/console/supervisions")
        return shot.path.format(paper=re.findall(r"DB\d{7}", page.content())[0])
    if "{case}" not in shot.path:
        return shot.path
    query = "waits=extension" if shot.state == "批复延期" else f"state={STATES[shot.state]}"
    page.goto(f"{address}/console/appeals?tab=all&{query}&sort=number")
    return shot.path.format(case=re.findall(r"/console/appeals/(SQ\d{11})", page.content())[-1])


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, str]]:
    """A demo on free ports: its address and its colleagues' password."""
    port, simulator = free_port(), free_port()
    command = [
        *TONGXIN,
        "demo",
        "--folder",
        str(folder),
        "--port",
        str(port),
        "--simulator-port",
        str(simulator),
    ]
    process = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.DEVNULL)  # noqa: S603 — our own program
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            if answers(address):
                break
            time.sleep(0.5)
        yield address, (folder / "login.txt").read_text(encoding="utf-8").strip()
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(address: str) -> bool:
    """Whether the demo is up."""
    try:
        with urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310 — this machine
            return bool(answer.status == 200)
    except (URLError, TimeoutError, ConnectionError):
        return False


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(sys.argv[1:])
