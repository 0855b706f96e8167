"""How fast the console answers with 100,000 cases, and how long the ledger's export takes (issue: a page < 200 ms, the
export < 60 s with flat memory). The ratio is to the same application's page without a row of the ledger.

python -m benchmarks.console [--cases 100000] [--postgres]
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import text, update

from benchmarks.materialise import peak
from benchmarks.town import machine, postgres
from bot.app import create_app
from bot.core import clock, schema
from bot.core.actor import Actor
from bot.core.db import connect, reading, transaction
from bot.ledgers.appeal_rows import Scope
from bot.ledgers.workbook import write_ledger
from bot.runtime.services import Services
from bot.staff import colleagues, signing_in
from bot.statistics.period import Period
from models.staff import Role, Staff
from tests.statistics.many import add_units, lives, write
from tests.support.parts import services_for

FIRST, LAST = (
    datetime.fromisoformat("2024-01-01T00:00:00+08:00"),
    datetime.fromisoformat("2026-11-20T00:00:00+08:00"),
)
NOW = datetime.fromisoformat("2026-11-23T10:00:00+08:00")
PASSWORD = "four plain words here"
YARDSTICK = "/console/account"
YEAR = "from=2026-01-01&to=2026-11-23"
PAGES = {
    "工作台": "/console/",
    "诉求·待我办理": "/console/appeals",
    "诉求·全部": "/console/appeals?tab=all",
    "诉求·最后几页": "/console/appeals?tab=all&page=4000",
    "诉求·按时限": "/console/appeals?tab=all&sort=due",
    "诉求·超期": "/console/appeals?tab=late",
    "诉求·查词": "/console/appeals?tab=all&text=停水",
    "诉求·电话后四位": "/console/appeals?tab=all&text=1234",
    "诉求·几个条件": "/console/appeals?tab=all&state=closed&category=融资",
    "诉求·一件": "CASE",
    "统计·今年": f"/console/statistics?{YEAR}",
    "统计·分单位": f"/console/statistics/by/unit?{YEAR}",
    "统计·去年趋势": "/console/statistics/trend?from=2025-01-01&to=2025-12-31",
    "统计·三年": "/console/statistics?from=2024-01-01&to=2026-11-23",
    "统计·上月": "/console/statistics?from=2026-10-01&to=2026-10-31",
    "诉求·状态和时段": f"/console/appeals?tab=all&state=closed&{YEAR}",
    "下钻·今年解决率分子": f"/console/appeals?set=solution.numerator&{YEAR}",
    "下钻·去年末在办": "/console/appeals?set=open&from=2025-01-01&to=2025-12-31",
    "下钻·分单位超期": f"/console/appeals?set=late&by=unit&value=3&{YEAR}",
    "督办单": "/console/supervisions",
    "电话告知": "/console/phone-tasks",
    "消息": "/console/notices",
    "台账": "/console/ledger",
}


def fill(services: Services, cases: int) -> None:
    """Cases with whole lives over three years, and one colleague who may see them."""
    schema.migrate(services.engine)
    units = add_units(services.engine, 20)
    write(services.engine, lives(cases, 3, FIRST, LAST, units))
    with transaction(services.engine) as db:
        colleagues.add(Actor(db, None), "陈主任", Role.LEADER)
        db.execute(update(Staff).values(password_hash=signing_in.hashed(PASSWORD)))
    with services.engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def signed_in(services: Services) -> FlaskClient:
    """A browser at the dashboard."""
    client = create_app(services.config, services).test_client()
    token = re.findall(r'csrf_token" value="([^"]+)"', client.get("/console/sign-in").text)[0]
    said = {"csrf_token": token, "name": "陈主任", "password": PASSWORD}
    assert client.post("/console/sign-in", data=said).status_code == 302
    return client


def timed(client: FlaskClient, path: str, times: int = 7) -> tuple[float, float]:
    """Median and worst of a page, ms; the first time counts as well: nobody opens a page seven times."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        answer = client.get(path)
        took.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, (path, answer.status_code)
    return statistics.median(took), max(took)


def pages(services: Services) -> None:
    """Print a line for each page."""
    client = signed_in(services)
    yardstick, _ = timed(client, YARDSTICK)
    number = re.findall(r"/console/appeals/(SQ\d+)", client.get("/console/appeals?tab=all").text)[0]
    print(f"{'a page without cases':24s} {yardstick:7.1f} ms")
    for title, path in PAGES.items():
        median, worst = timed(client, f"/console/appeals/{number}" if path == "CASE" else path)
        print(f"{title:20s} {median:7.1f} ms  worst {worst:7.1f} ms  {median / yardstick:5.1f}")


def export(services: Services, folder: Path) -> None:
    """Print how long the whole ledger takes, and the memory before, half-way and at the end."""
    before, started = peak(), time.perf_counter()
    seen = [before]
    with reading(services.engine) as db:
        rows = write_ledger(
            db,
            folder / "ledger.xlsx",
            Scope(Period(date(2024, 1, 1), date(2026, 12, 31))),
            operator="石景山区工商联",
            by="陈主任",
            moment=clock.now(),
            progress=lambda done: seen.append(peak()) if done % 10_000 == 0 else None,
        )
    seconds = time.perf_counter() - started
    print(f"export of {rows} rows: {seconds:.1f} s; memory before {before:.0f} MB, first part {seen[:2][-1]:.0f} MB, "
          f"half-way {seen[len(seen) // 2]:.0f} MB, end {peak():.0f} MB")  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    print(machine())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(postgres()) if options.postgres else f"sqlite:///{folder}/cases.db"
        engine = connect(url)
        services = services_for(engine, folder)
        with clock.frozen(NOW):
            fill(services, options.cases)
            pages(services)
            export(services, folder)
        engine.dispose()


if __name__ == "__main__":
    main()
