"""`tongxin phrase`: the words that staff teach, and the texts that nothing understood."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from bot.app import build_routes
from bot.commands.bounded import ROW
from bot.commands.followers import by_option, json_option
from bot.commands.transaction import acting, actor_in, services_of
from bot.content import taught_phrases, taught_sheets, unmatched
from bot.content.library import policies_now
from bot.content.records import PolicyDocument
from bot.content.taught_conflicts import Known, conflicts, known
from bot.content.taught_phrases import NOTE_LENGTH, USUAL_WEIGHT, PhraseFault, canonical, meaning_of
from bot.content.unmatched import Likely
from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.core.paths import CONTENT
from bot.runtime.services import Services
from bot.understanding.phrases import load_phrases
from bot.understanding.understand import understand
from models.phrases import Phrase, all_phrases, find_phrase
from models.staff import Staff

Policies = Mapping[str, PolicyDocument]
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
REASONS = {"missed": "没听懂", "searched": "没搜到", "rejected": "答错了", "useless": "说没用"}
weight_option = click.option(
    "--weight", type=float, default=USUAL_WEIGHT, show_default=True, help="2 提示，6 明确，9 以上相当于命令。"
)
note_option = click.option("--note", default="", metavar="文字", help=f"备注，最多 {NOTE_LENGTH} 个字。")
anyway_option = click.option(
    "--anyway", is_flag=True, help="与 phrases.toml 或政策名称矛盾也添加，以这里为准。"
)
label_option = click.option(
    "--label", required=True, metavar="含义", help="金融、提诉求 等栏目，或政策的简称、别名。"
)


@click.group()
def command() -> None:
    """词语：教公众号听懂俗话，几秒内生效；把没听懂的话变成词语。"""


@command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """列出工作人员添加的词语。"""
    with _words(ctx) as (services, policies), reading(services.engine) as db:
        rows = [_facts(row, policies, db) for row in all_phrases(db)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        note = f"  {row['note']}" if row["note"] else ""
        click.echo(f"{row['phrase']} → {row['means']}  {row['weight']:g}  {row['by']} {row['at'][:10]}{note}")
    if not rows:
        click.echo("还没有添加过词语。例如：tongxin phrase add 手头紧 --label 金融")


def _facts(row: Phrase, policies: Policies, db: Session) -> dict[str, Any]:
    by = db.get(Staff, row.staff_id) if row.staff_id else None
    return {
        "phrase": row.phrase,
        "label": row.label,
        "slug": row.slug,
        "means": taught_phrases.said(row, policies),
        "weight": row.weight,
        "note": row.note,
        "by": by.name if by else "命令行",
        "at": f"{clock.local(row.created_at):%Y-%m-%d %H:%M}",
    }


@command.command()
@click.argument("phrase", metavar="词语")
@label_option
@weight_option
@note_option
@anyway_option
@by_option
@click.pass_context
def add(
    ctx: click.Context,
    phrase: str,
    label: str,
    weight: float,
    note: str,
    anyway: bool,
    by_name: str | None,
) -> None:
    """添加一个词语。「…」表示同一句里先后出现，如「申请…公租房」。"""
    with _words(ctx) as (services, policies), transaction(services.engine) as db:
        actor = actor_in(db, services, by_name)
        new = _teach(actor, phrase, label, policies, anyway, weight=weight, note=note)
    click.echo(f"{'已添加' if new else '已更新'}：{canonical(phrase)} → {label}。几秒内在所有进程生效。")


def _teach(
    actor: Actor,
    phrase: str,
    label: str,
    policies: Policies,
    anyway: bool,
    **more: Any,
) -> bool:
    meaning = meaning_of(label, policies)
    word = taught_phrases.Taught(canonical(phrase), taught_sheets.label_of(meaning, policies), 0)
    wrong = [c for c in conflicts([word], _known(policies)) if c.useless or not anyway]
    if wrong:
        hint = "" if any(c.useless for c in wrong) else "\n确实要这样，加上 --anyway。"
        raise PhraseFault("\n".join(c.message for c in wrong) + hint)
    return taught_phrases.add(actor, phrase, meaning, **more)


@command.command()
@click.argument("phrase", metavar="词语")
@by_option
@click.pass_context
def remove(ctx: click.Context, phrase: str, by_name: str | None) -> None:
    """删除一个添加过的词语。"""
    with acting(ctx, by_name) as actor:
        taught_phrases.remove(actor, phrase)
    click.echo(f"已删除：{canonical(phrase)}。几秒内在所有进程生效。")


@command.command("conflicts")
@json_option
@click.pass_context
def conflicts_(ctx: click.Context, as_json: bool) -> None:
    """检查添加的词语有没有互相矛盾，或与 phrases.toml、政策名称、菜单冲突；有就以 1 结束。"""
    with _words(ctx) as (services, policies):
        with reading(services.engine) as db:
            rows = all_phrases(db)
        found = [vars(c) for c in conflicts(taught_phrases.taught(rows, policies), _known(policies))]
        found += [
            {"phrase": r.phrase, "message": f"「{r.phrase}」指的政策 {r.slug} 已不在库里", "useless": True}
            for r in rows
            if r.slug is not None and r.slug not in policies
        ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo("\n".join(c["message"] for c in found) or f"{len(rows)} 个词语，没有冲突。")
    if found:
        ctx.exit(1)


@command.command("import")
@click.argument("file", type=FILE, metavar="文件")
@anyway_option
@by_option
@click.pass_context
def import_(ctx: click.Context, file: Path, anyway: bool, by_name: str | None) -> None:
    """从 CSV 导入：词语、含义、权重、备注；有一行不对就一行也不改。"""
    with _words(ctx) as (services, policies), transaction(services.engine) as db:
        actor = actor_in(db, services, by_name)
        new, complaints = taught_sheets.import_sheet(
            actor, file.read_bytes(), policies, _known(policies), anyway=anyway
        )
    for line, message in complaints[:200]:
        click.echo(f"{file.name} 第 {line} 行：{message}", err=True)
    if complaints:
        raise click.ClickException(f"{len(complaints)} 处要改，没有导入。")
    click.echo(f"已导入，新增 {new} 个。几秒内在所有进程生效。")


@command.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="写到这个文件；不写就打印。")
@click.pass_context
def export(ctx: click.Context, out: Path | None) -> None:
    """导出为 CSV，可以改好再导入。"""
    with _words(ctx) as (services, policies):
        with reading(services.engine) as db:
            rows = all_phrases(db)
        text = taught_sheets.dump(rows, policies)
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8-sig", newline="")
    click.echo(f"已写出 {len(rows)} 个词语到 {out}。")


@command.command("unmatched")
@click.option("--top", default=20, show_default=True, type=click.IntRange(1, 1000), help="显示多少组。")
@json_option
@click.pass_context
def unmatched_(ctx: click.Context, top: int, as_json: bool) -> None:
    """没听懂、没搜到、答错了的话，相像的归为一组（已去掉个人信息）。"""
    with services_of(ctx) as services, reading(services.engine) as db:
        found = unmatched.groups(unmatched.kept(db))
    if as_json:
        click.echo(json.dumps([_group_facts(group) for group in found[:top]], ensure_ascii=False))
        return
    for group in found[:top]:
        why = "、".join(dict.fromkeys(REASONS.get(row.reason, row.reason) for row in group.rows))
        wrong = f"，不是 {'、'.join(group.rejected)}" if group.rejected else ""
        click.echo(f"第 {group.number} 组  {len(group.rows)} 次（{why}{wrong}）")
        for text, count in group.texts[:5]:
            click.echo(f"    {text[:60]}{f'  ×{count}' if count > 1 else ''}")
    hint = "\n变成词语：tongxin phrase adopt 组号 --label 含义；没有用的：tongxin phrase dismiss 组号"
    click.echo(f"共 {len(found)} 组。{hint if found else ''}")


def _group_facts(group: Likely) -> dict[str, Any]:
    texts = [{"text": text, "count": count} for text, count in group.texts]
    newest = max(row.at for row in group.rows)
    return {
        "group": group.number,
        "count": len(group.rows),
        "texts": texts,
        "rejected": group.rejected,
        "newest": f"{clock.local(newest):%Y-%m-%d %H:%M}",
    }


@command.command()
@click.argument("number", type=ROW, metavar="组号")
@label_option
@click.option("--phrase", metavar="词语", help="用这个词；不写就用组里最常见的一句。")
@weight_option
@note_option
@anyway_option
@by_option
@click.pass_context
def adopt(
    ctx: click.Context,
    number: int,
    label: str,
    phrase: str | None,
    weight: float,
    note: str,
    anyway: bool,
    by_name: str | None,
) -> None:
    """把一组没听懂的话变成词语；之后能听懂的从名单里去掉，其余留着。"""
    with _words(ctx) as (services, policies):
        with reading(services.engine) as db:
            group = _group(db, number)
        words = phrase or group.texts[0][0]
        with transaction(services.engine) as db:
            actor = actor_in(db, services, by_name)
            _teach(actor, words, label, policies, anyway, weight=weight, note=note)
        wanted = taught_sheets.label_of(meaning_of(label, policies), policies)
        index = services.libraries.newest().index
        done = [row for row in group.rows if understand(row.text, index).intent == wanted]
        with transaction(services.engine) as db:
            unmatched.forget(db, [row.id for row in done])
            stored = find_phrase(db, canonical(words))
            audit.record(
                db, actor.by, "phrase.adopt", "phrase", stored.id if stored else None, texts=len(done)
            )
    left = len(group.rows) - len(done)
    more = f"，还有 {left} 句没有听懂，留在名单里（可以再用 --phrase 选一个更短的词）" if left else ""
    click.echo(
        f"已添加：{canonical(words)} → {label}。本组 {len(group.rows)} 句，现在听懂 {len(done)} 句{more}。"
    )


@command.command()
@click.argument("number", type=ROW, metavar="组号")
@by_option
@click.pass_context
def dismiss(ctx: click.Context, number: int, by_name: str | None) -> None:
    """去掉一组没有用的话。"""
    with acting(ctx, by_name) as actor:
        group = _group(actor.db, number)
        gone = unmatched.forget(actor.db, [row.id for row in group.rows])
        audit.record(actor.db, actor.by, "unmatched.dismiss", "unmatched", number, texts=gone)
    click.echo(f"已去掉 {gone} 句。")


def _group(db: Session, number: int) -> Likely:
    for group in unmatched.groups(unmatched.kept(db)):
        if group.number == number:
            return group
    raise click.ClickException(f"没有第 {number} 组。用 tongxin phrase unmatched 查看组号。")


def _known(policies: Policies) -> Known:
    """What words mean already."""
    commands = [word for route in build_routes().all for word in route.words]
    return known(load_phrases(CONTENT / "phrases.toml"), policies.values(), commands)


@contextmanager
def _words(ctx: click.Context) -> Iterator[tuple[Services, Policies]]:
    """The services and the packages that words may mean."""
    with services_of(ctx) as services:
        with reading(services.engine) as db:
            policies = policies_now(db)
        yield services, policies
