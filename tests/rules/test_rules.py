"""What everybody would have to remember, remembered by a test."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from bot.app import build_routes, shipped_library
from bot.content.files import load
from bot.core import schema
from bot.core.paths import CONTENT, MIGRATIONS
from bot.runtime.jobs import fixed_jobs
from bot.understanding.labels import NAMES
from bot.understanding.normalise import normalise
from bot.understanding.phrases import INTENTS
from bot.understanding.understand import understand
from models.base import Base

ROOT = Path(__file__).parents[2]
ROUTES = build_routes()


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def test_every_route_has_help_in_chinese() -> None:
    silent = [r.handler.__name__ for r in ROUTES.all if not re.search(r"[一-鿿]", r.help)]
    assert ROUTES.all
    assert silent == []


def test_every_handler_file_has_a_router_with_routes() -> None:
    files = {p.stem for p in (ROOT / "handlers").glob("*.py")} - {"__init__"}
    assert len(ROUTES.routers) == len(files)
    assert all(router.routes for router in ROUTES.routers)


def test_every_intent_is_answered() -> None:
    labels = [*INTENTS, "policy:specific:任何", "emergency", "self_harm", "unknown"]
    assert [label for label in labels if not list(ROUTES.for_intent(label))] == []
    assert [name for name in NAMES if not list(ROUTES.for_intent(name))] == []


def test_no_two_routes_want_the_same_word() -> None:
    words = [word for route in ROUTES.all for word in route.words]
    assert sorted(words) == sorted(set(words))


def test_every_form_in_use_has_a_route() -> None:
    assert {"appeal", "supplement", "withdraw", "human", "subscribe", "erase"} <= {r.form for r in ROUTES.all}


def test_every_menu_key_is_a_word_that_is_answered() -> None:
    words = re.findall(r'"menu:([^"]+)"', (CONTENT / "menu.toml").read_text())
    index = shipped_library().index
    meant = {word: understand(word, index) for word in words}
    unanswered = [
        word
        for word, found in meant.items()
        if not list(ROUTES.for_words(normalise(word), anywhere=False))
        and not (found.understood and list(ROUTES.for_intent(found.intent)) and found.intent != "offtopic")
    ]
    assert len(words) >= 10
    assert unanswered == []


def test_every_job_has_a_title() -> None:
    jobs = fixed_jobs()
    assert jobs
    assert all(re.search(r"[一-鿿]", plan.title) for plan in jobs.values())


def test_the_shipped_content_has_no_problem() -> None:
    loaded = load(CONTENT)
    assert loaded.problems == []
    assert len(loaded.policies) >= 40
    assert len(loaded.series) >= 3


def test_every_standing_text_that_is_said_is_there() -> None:
    replies = load(CONTENT).replies
    said = set()
    for path in [*(ROOT / "handlers").rglob("*.py"), *(ROOT / "bot").rglob("*.py")]:
        said |= set(re.findall(r'\.say\(\s*"(\w+)"', path.read_text()))
    assert said
    assert said <= set(replies)


def test_there_is_one_migration_head() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [schema.head()]


def test_the_migrations_make_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "include_name": _ours})
        assert compare_metadata(context, Base.metadata) == []
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """The task queue's tables are not ours to compare."""
    return kind != "table" or not str(name).startswith("procrastinate_")


def test_a_database_at_head_is_ready(engine: Engine) -> None:
    assert schema.status(engine).ready


@pytest.mark.parametrize(
    "word", ["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npm", "deb\\." + "debian"]
)
def test_no_tracked_file_names_a_package_registry(word: str) -> None:
    found = [p.name for p in tracked() if re.search(word, p.read_text(errors="ignore"))]
    assert found == []


def test_every_code_file_says_what_it_is_for() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in tracked()
        if p.suffix == ".py" and p.name != "__init__.py" and not p.read_text().lstrip().startswith('"""')
    ]
    assert silent == []


def test_only_the_clock_asks_for_the_time() -> None:
    asking = [
        str(p.relative_to(ROOT))
        for folder in ("bot", "handlers", "models")
        for p in (ROOT / folder).rglob("*.py")
        if p.name != "clock.py"
        and "simulator" not in p.parts
        and re.search(r"datetime\.(now|utcnow|today)\(|date\.today\(|\btime\.time\(\)", p.read_text())
    ]
    assert asking == ["bot/runtime/scheduler.py"]  # APScheduler's own alarm runs on the machine's clock


def test_no_library_of_ours_hooks_into_every_import() -> None:
    code = (
        "import sys; before = {type(f).__name__ for f in sys.meta_path}; import bot.statistics.charts;"
        "print({type(f).__name__ for f in sys.meta_path} - before)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "PluginImportFixer" not in ran.stdout
