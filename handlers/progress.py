"""查进度, 补充, 撤回: one's own cases only. Its verbs are in bot/appeals."""

from __future__ import annotations

import re
from typing import Any

from bot.appeals import attachments, by_appellant, by_words, promises, states
from bot.appeals.last_message import case_last_told
from bot.chat import shown
from bot.chat.context import Context
from bot.chat.forms import REFUSALS, Again, Answers, Form, More, Next, Question, Taken, choice
from bot.chat.router import Router
from bot.chat.shown import Kind
from bot.core import clock
from bot.core.sensitive import warning
from bot.understanding.normalise import case_number, menu_digit
from bot.understanding.stickers import is_wordless
from bot.wechat.replies import Reply, Text, anchor, plain
from models.appeals import Appeal, AppealState, of_appellant, own, timeline

router = Router("查进度")
PAGE, MOST = 5, 200
DONE = frozenset({"完成", "好了", "发完了", "没有了", "下一步", "结束"})
ADDITION_COMMAND = re.compile(
    r"^补充(?:材料|内容|诉求|说明)?[\s:：,，]*(?:[sSｓＳ]\s*[qQｑＱ][\s\-0-9０-９]*)?[\s:：,，]*"
)
ADDS = re.compile(r"补充(?:材料|内容|诉求|说明)?[。.!！~]*(?:$|[\s:：,，、]|[sSｓＳ]\s*[qQｑＱ])")
NOT_FOUND = "没有查到这个编号（只能查自己提交的诉求）。请核对后重发，或回复「查进度」看您的全部诉求，回复 6 提新的诉求。"
NONE_YET = "您还没有提交过诉求。回复 6 提诉求，回复「菜单」看全部服务。"


def _own_cases(ctx: Context, limit: int = 5) -> list[Appeal]:
    return of_appellant(ctx.db, ctx.services.appellant(ctx.openid), limit)


def _case_named(ctx: Context) -> Appeal | None:
    number = case_number(ctx.message.text)
    return own(ctx.db, ctx.services.appellant(ctx.openid), number) if number else None


@router.intent("appeal_status", help="7 查进度：看诉求办到哪一步")
def progress(ctx: Context) -> Reply:
    if case_number(ctx.message.text):
        appeal = _case_named(ctx)
        return Text(_case_detail(ctx, appeal)) if appeal else Text(NOT_FOUND)
    mine = _own_cases(ctx, MOST)
    if len(mine) == 1:
        return Text(_case_detail(ctx, mine[0]))
    return _page_of_cases(ctx, mine, 0) if mine else Text(NONE_YET)


def _page_of_cases(ctx: Context, mine: list[Appeal], start: int) -> Reply:
    part = mine[start : start + PAGE]
    more = start + PAGE < len(mine)
    ctx.remember(
        list=[f"{Kind.CASE}:{a.number}" for a in part],
        more={"intent": "page:cases", "start": start + PAGE} if more else None,
    )
    lines = [
        f"{letter} {a.number} {a.state.label}\n{plain(a.title)}"
        for letter, a in zip("ABCDE", part, strict=False)
    ]
    head = f"您的诉求（{start + 1}—{start + len(part)}／共{len(mine)}件）：\n\n"
    return Text(
        head + "\n\n".join(lines) + f"\n\n回复字母或编号看详情{'，回复「更多」看更早的' if more else ''}。"
    )


@router.intent("case:*", help="按字母选择一件诉求后，看它办到哪一步")
def one_case(ctx: Context) -> Reply | None:
    appeal = own(ctx.db, ctx.services.appellant(ctx.openid), ctx.intent.removeprefix(f"{Kind.CASE}:"))
    return Text(_case_detail(ctx, appeal)) if appeal else Text(NOT_FOUND)


@router.intent("follow_up", help="噪音那个怎么样了、刚才那个办到哪了：按几个字找自己的诉求")
def case_by_words(ctx: Context) -> Reply | None:
    meant = by_words.asked_about(ctx.message.text)
    found = _fitting(ctx, meant, _own_cases(ctx, MOST)) if meant else []
    if len(found) > 1:
        return _page_of_cases(ctx, found[:PAGE], 0)
    return Text(_case_detail(ctx, found[0])) if found else None


def _fitting(ctx: Context, meant: by_words.Meant, cases: list[Appeal]) -> list[Appeal]:
    """The cases that the words fit; 刚才那个 is what came last, the case shown, a newer one filed, or no case at all."""
    last = shown.thing(ctx)
    is_older = bool(last and cases and cases[0].received_at <= last.at)
    if meant.words or not is_older or last is None:
        return by_words.fitting(meant, cases)
    return [a for a in cases if last.kind is Kind.CASE and a.number == last.keys[0]]


@router.intent("page:cases", help="更多：看更早的诉求")
def more_cases(ctx: Context) -> Reply:
    return _page_of_cases(ctx, _own_cases(ctx, MOST), int((ctx.recalled("more") or {}).get("start", 0)))


def _case_detail(ctx: Context, appeal: Appeal) -> str:
    ctx.remember(case=appeal.number)
    events = [e for e in timeline(ctx.db, appeal.id) if e.public_text]
    entries = "\n".join(
        f"{clock.local(e.at):%m-%d %H:%M} {plain(_shortened(e.public_text or ''))}" for e in events[-5:]
    )
    link = anchor(ctx.services.progress_url(appeal.number), "查看全部经过")
    promise = f"\n{said}" if (said := promises.promise(appeal)) else ""
    unit = f"\n承办单位：{appeal.lead_unit}" if appeal.lead_unit else ""
    more = f"\n{promises.next_step(ctx.db, appeal)}"
    return f"{appeal.number}\n{plain(appeal.title)}\n当前：{appeal.state.label}{unit}{promise}\n\n{entries}\n\n{link}{more}"


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _open_cases(ctx: Context) -> list[Appeal]:
    return [a for a in _own_cases(ctx, 20) if a.state in states.OPEN]


def _case_or_question(
    ctx: Context, candidates: list[Appeal], verb: str, meant: by_words.Meant | None = None
) -> Appeal | Reply:
    """The case that is meant: named, by words, or the only one; else the question which."""
    if case_number(ctx.message.text):
        return _case_named(ctx) or Text(NOT_FOUND)
    if meant:
        candidates = _fitting(ctx, meant, candidates) or candidates
    if not candidates:
        return Text(f"您没有可以{verb}的诉求。回复「查进度」看全部，回复 6 提新的诉求。")
    if len(candidates) == 1:
        return candidates[0]
    lines = "\n".join(f"{a.number} {plain(a.title)}" for a in candidates[:8])
    return Text(f"要{verb}哪一件？请回复「{verb} 编号」，如「{verb} {candidates[0].number}」：\n{lines}")


def _ask_addition(ctx: Context, answers: Answers) -> str:
    return f"为 {answers['number']} 补充：请发文字或图片，可分几条，发完回复「完成」。"


def _take_addition(ctx: Context, answers: Answers) -> Taken:
    if ctx.text in DONE:
        if not answers.get("text") and not answers.get("pictures"):
            return Again("还没有收到补充的内容。")
        return Next({})
    if ctx.message.kind == "image":
        return _add_picture(ctx, answers)
    words = ctx.message.text.strip()
    if not words:
        return Again("这里能收文字和图片。")
    text = "\n".join(part for part in (answers.get("text"), words) if part)
    if len(text) > 20000:
        return Again("补充的内容太长，这条没有记入。请先回复「完成」，再补充其余的。")
    return More({"text": text}, "已记下。继续发，或回复「完成」提交补充。")


def _add_picture(ctx: Context, answers: Answers) -> Taken:
    pictures: list[int] = list(answers.get("pictures", []))
    if len(pictures) >= ctx.services.config.appeals.max_attachments:
        return Again("图片已满，这张没有收下。请回复「完成」。")
    row = attachments.note_picture(ctx.db, ctx.services, ctx.message, ctx.now)
    if row is None:
        return Again("这张图片没有收到，请再发一次。")
    return More({"pictures": [*pictures, row]}, "图片已收下。继续发，或回复「完成」提交补充。")


def _finish_addition(ctx: Context, answers: Answers) -> Reply:
    appeal = own(ctx.db, ctx.services.appellant(ctx.openid), answers["number"], lock=True)
    if appeal is None or appeal.state not in states.OPEN:
        return Text("这件诉求已经结束，不能再补充。新的情况请回复 6 提新的诉求。")
    return _supplement_case(ctx, appeal, answers.get("text", ""), answers.get("pictures", []))


def _supplement_case(ctx: Context, appeal: Appeal, text: str, pictures: list[int]) -> Reply:
    asked = appeal.state is AppealState.NEED_INFO
    hours = ctx.services.config.appeals.close_of_business
    by_appellant.supplement(ctx.db, appeal, text, pictures, close=(hours.hour, hours.minute))
    then = "我们接着办理" if asked else "承办人员会看到"
    return Text(
        f"已补充到 {appeal.number}，{then}。{warning(text)}\n还要补充请回复「补充」，回复「查进度」查看。"
    )


ADDITION = Form(
    "supplement", "补充", (Question("addition", _ask_addition, _take_addition),), _finish_addition
)


@router.pattern(r"补充.*", help="补充：给已提交的诉求加内容")
def supplement(ctx: Context) -> Reply | None:
    if not ADDS.match(ctx.message.text.strip()):
        return None  # a sentence that only begins so
    picked = _case_or_question(ctx, _open_cases(ctx), "补充")
    if not isinstance(picked, Appeal):
        return picked
    if picked.state not in states.OPEN:
        return Text(f"{picked.number} {picked.state.label}，不能再补充。新的情况请回复 6 提新的诉求。")
    known: dict[str, Any] = {
        "number": picked.number,
        "pictures": attachments.present(ctx.db, ctx.openid, ctx.recalled("pictures") or []),
    }
    ctx.remember(pictures=None)
    rest = ADDITION_COMMAND.sub("", ctx.message.text.strip()).strip()
    if rest and not is_wordless(rest):
        known["text"] = rest
    return ADDITION.start(ctx, known, say="已记下这一条。" if "text" in known else "")


@router.intent("awaited", help="刚收到请您补充的问题时，直接发来的回答")
def answer_to_question(ctx: Context) -> Reply | None:
    is_an_answer = ctx.message.kind == "image" or len(ctx.text) > 1
    if not is_an_answer or case_number(ctx.message.text) or menu_digit(ctx.message.text) is not None:
        return None
    asked = case_last_told(ctx.db, ctx.services, ctx.openid)
    if asked is None or asked.state is not AppealState.NEED_INFO:
        return None
    appeal = own(ctx.db, asked.appellant, asked.number, lock=True)
    if appeal is None or appeal.state is not AppealState.NEED_INFO:
        return None
    picture = (
        attachments.note_picture(ctx.db, ctx.services, ctx.message, ctx.now)
        if ctx.message.kind == "image"
        else None
    )
    if ctx.message.kind == "image" and picture is None:
        return Text("这张图片没有收到，请再发一次。")
    return _supplement_case(ctx, appeal, ctx.message.text.strip(), [picture] if picture else [])


@router.state("supplement", help="补充填写中")
def add(ctx: Context) -> Reply:
    return ADDITION.answer(ctx)


def _ask_withdraw(ctx: Context, answers: Answers) -> str:
    return f"确定撤回 {answers['number']}{answers.get('title', '')} 吗？撤回后不再办理。\n1 撤回\n2 不撤回"


def _take_withdraw(ctx: Context, answers: Answers) -> Taken:
    picked = choice(ctx.message.text, ("确定撤回", "不撤回"))
    if ctx.text in REFUSALS or ctx.text.startswith(("不", "我不", "别")):
        picked = 1
    if ctx.text in ("确定", "确认", "确认撤回", "是", "是的"):
        picked = 0
    if picked is None:
        return Again("还没有撤回。请回复 1（撤回）或 2（不撤回）。", ask=False)
    return Next({"sure": picked == 0})


def _finish_withdraw(ctx: Context, answers: Answers) -> Reply:
    appeal = own(ctx.db, ctx.services.appellant(ctx.openid), answers["number"], lock=True)
    if not answers["sure"] or appeal is None:
        return Text("没有撤回，诉求继续办理。回复「查进度」查看。")
    try:
        by_appellant.withdraw(ctx.db, appeal)
    except states.IllegalMove:
        return Text(
            f"{appeal.number} 现在是「{appeal.state.label}」，已不能撤回。有话要说请回复「补充」或 0 转人工。"
        )
    return Text(f"{appeal.number} 已撤回。需要时回复 6 重新提交。")


WITHDRAWAL = Form(
    "withdraw", "撤回", (Question("sure", _ask_withdraw, _take_withdraw),), _finish_withdraw, drafts=False
)


@router.pattern(r"(?:撤回|撤销|撤诉)(?:诉求)?\s*(?:s\s*q.*)?", help="撤回：撤销已提交的诉求", anywhere=True)
def withdraw(ctx: Context) -> Reply | None:
    if ctx.conversation.form == "withdraw":
        return None  # the word answers the form's own question
    return _withdraw(ctx)


@router.pattern(
    r"(?=.{4,40}$)(?=.*[那这]).*(?:撤|取消|不办了|不要了|算了|不投诉了).*",
    help="撤回噪音那个、刚才那个不办了：按几个字找要撤回的诉求",
)
def withdraw_by_words(ctx: Context) -> Reply | None:
    meant = by_words.withdrawn(ctx.message.text)
    return _withdraw(ctx, meant) if meant and _own_cases(ctx, 1) else None


def _withdraw(ctx: Context, meant: by_words.Meant | None = None) -> Reply:
    mine = [a for a in _own_cases(ctx, 20) if by_appellant.may_withdraw(a)]
    picked = _case_or_question(ctx, mine, "撤回", meant)
    if not isinstance(picked, Appeal):
        return picked
    if not by_appellant.may_withdraw(picked):
        open_ = (
            "有话要说请回复「补充」或 0 转人工。"
            if picked.state in states.OPEN
            else "有新的情况回复 6 提新的诉求。"
        )
        return Text(f"{picked.number} 现在是「{picked.state.label}」，不能撤回。{open_}")
    return WITHDRAWAL.start(ctx, {"number": picked.number, "title": f"「{plain(picked.title)}」"})


@router.state("withdraw", help="撤回确认中")
def confirm(ctx: Context) -> Reply:
    return WITHDRAWAL.answer(ctx)
