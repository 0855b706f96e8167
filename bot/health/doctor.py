"""`tongxin doctor`: every check in turn, as lines for people or as JSON.

A broken configuration is itself a list of findings; what does not depend on it is looked at all the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.core import logs
from bot.core.config import CONFIG_VARIABLE, Config, ConfigError, Mistake, load
from bot.health.checks import backup, capability, content, database, files, machine, people, platform, webhook
from bot.health.checks.finding import Check, Finding, MachineCheck, Status, Subject, fail, ok
from bot.health.checks.meaning import meaning

log = logs.get_logger(__name__)

MACHINE_CHECKS: tuple[MachineCheck, ...] = (
    machine.versions,
    machine.time_zone,
    machine.moved_clock,
    machine.calendar,
    content.hand_edited,
    machine.environment,
)
CHECKS: tuple[Check, ...] = (
    files.permissions,
    files.storage,
    files.disk,
    database.database,
    backup.backup,
    people.people,
    meaning,
    capability.capability,
    platform.wechat,
    webhook.webhook,
)


@dataclass(frozen=True)
class Report:
    """What the doctor found."""

    path: Path
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing failed; warnings are allowed."""
        return not any(finding.status is Status.FAIL for finding in self.findings)

    def text(self) -> str:
        """Lines in Chinese, ending with what is to be done."""
        count = {status: sum(f.status is status for f in self.findings) for status in Status}
        end = f"{count[Status.FAIL]} 项不通过，{count[Status.WARN]} 项请留意，{count[Status.OK]} 项正常"
        advice = "。" if self.healthy else "。按 → 后面的说明改好，再运行一次 tongxin doctor。"
        return "\n".join([*(finding.line(self.path) for finding in self.findings), "", end + advice])

    def json(self) -> str:
        """The same for a program: {"ok", "file", "findings": [{status, title, detail, remedy, section, key, file}]}."""
        findings = [finding.as_json(self.path) for finding in self.findings]
        document = {"ok": self.healthy, "file": str(self.path), "findings": findings}
        return json.dumps(document, ensure_ascii=False, indent=2)


def examine(path: Path | None, environ: Mapping[str, str], *, offline: bool) -> Report:
    """Look at everything; nothing is changed and nothing is sent to followers."""
    target = Path(path or environ.get(CONFIG_VARIABLE) or "config.toml").absolute()
    subject = Subject(target, environ, offline)
    findings: list[Finding] = []
    config = _load_config(subject, findings)
    for check in MACHINE_CHECKS:
        findings += _run_guarded(check.__name__, lambda check=check: check(subject))  # type: ignore[misc]
    for look in CHECKS if config else ():
        findings += _run_guarded(look.__name__, lambda look=look: look(subject, config))  # type: ignore[misc]
    return Report(target, tuple(findings))


def _load_config(subject: Subject, findings: list[Finding]) -> Config | None:
    try:
        config = load(subject.path, subject.environ)
    except ConfigError as error:
        findings += [_finding_of(subject.path, mistake) for mistake in error.mistakes]
        return None
    logs.hide(config.secrets())
    findings.append(ok("配置", f"{subject.path} 没有错误"))
    return config


def _finding_of(path: Path, mistake: Mistake) -> Finding:
    place = (
        f"[{mistake.section}] {mistake.key}".strip() if mistake.section else f"{path} {mistake.key}".strip()
    )
    where = f"（{mistake.where}）" if mistake.where else ""
    found = f"写的是 {mistake.found}" if mistake.found else "要改" if mistake.section else "用不了"
    remedy = f"{mistake.remedy}（tongxin init）" if "init" in mistake.acts else mistake.remedy
    return Finding(Status.FAIL, "配置", f"{place}{where} {found}", remedy, mistake.section, mistake.key)


def _run_guarded(name: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(check())
    except Exception as error:  # one broken check must not hide what the others found
        log.exception("check failed", check=name)
        found.append(fail("检查", f"{name} 没有做完（{type(error).__name__}）", "把上面的日志发给维护人员"))
    return found
