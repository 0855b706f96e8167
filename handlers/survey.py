"""回访: how it went, in two taps or digits; an unhappy person can have the case taken up again (domain §2.3).

Its verbs are in bot/appeals.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.appeals import attachments, by_appellant, rounds
from bot.appeals.last_message import case_last_told, last_said
from bot.appeals.states import IllegalMove
from bot.appeals.survey import REOPENING, options, tap_of
from bot.chat.context import Context
from bot.chat.forms import Again, Answers, Form, Next, Question, Taken, choice, close
from bot.chat.router import Router
from bot.understanding.normalise import case_number, menu_digit
from bot.understanding.understand import understand
from bot.wechat.capabilities import Capability
from bot.wechat.replies import Reply, Text, plain
from models.appeals import SCORES, SOLVED, Appeal, AppealState, of_appellant, own

router = Router("回访")
NONE_OPEN = "现在没有等您评价的诉求。回复「查进度」看您的诉求，回复「菜单」看全部服务。"
SHORTEST_REASON = 4
MOST = 2000  # characters of a reason
TOGETHER = timedelta(minutes=30)  # what follows an unhappy answer within this time is about it
ELSEWHERE = (
    "policy:specific:",
    "subscribe_study",
    "unsubscribe_study",
    "study",
    "events",
    "help",
    "human",
    "appeal_status",
)
ASKING = re.compile(r"[?？吗呢]\s*$|怎么|如何|哪些|什么|多少|政策")


def _locked_case(ctx: Context, answers: Answers) -> Appeal | None:
    return own(ctx.db, ctx.services.appellant(ctx.openid), answers["number"], lock=True)


def _options_of(ctx: Context, answers: Answers, question: tuple[str, ...]) -> str:
    """The choices of a question, to be tapped where the account may have such links."""
    case = own(ctx.db, ctx.services.appellant(ctx.openid), answers["number"])
    return options(case, question, tappable=Capability.TAP_MENU in ctx.services.capabilities) if case else ""


def _ask_solved(ctx: Context, answers: Answers) -> str:
    return f"请您评价 {answers['number']}：这件诉求解决了吗？回复数字：\n{_options_of(ctx, answers, SOLVED)}"


def _take_solved(ctx: Context, answers: Answers) -> Taken:
    picked = choice(ctx.message.text, SOLVED)
    if picked is None:
        return Again(f"请回复 1—{len(SOLVED)}。")
    return _record_part(ctx, answers, {"solved": SOLVED[picked]})


def _ask_score(ctx: Context, answers: Answers) -> str:
    return f"对办理的态度和结果满意吗？回复数字：\n{_options_of(ctx, answers, SCORES)}"


def _take_score(ctx: Context, answers: Answers) -> Taken:
    picked = choice(ctx.message.text, SCORES)
    if picked is None:
        return Again(f"请回复 1—{len(SCORES)}。")
    return _record_part(ctx, answers, {"score": SCORES[picked]})


def _record_part(ctx: Context, answers: Answers, part: dict[str, str]) -> Taken:
    """Write one part of the answer down at once, so that it counts even if the person stops here."""
    case = _locked_case(ctx, answers)
    try:
        if case is None:
            raise IllegalMove(NONE_OPEN)
        row = by_appellant.rate(ctx.db, case, solved=part.get("solved"), score=part.get("score"))
    except IllegalMove as refusal:
        return Next({"over": str(refusal)})
    unhappy = rounds.is_unhappy(case)
    if unhappy:
        ctx.remember(unhappy={"number": case.number, "at": ctx.now.isoformat()})
    return Next({**part, "offer": unhappy and row.score is not None and by_appellant.may_reopen(case)})


def _ask_reopening(ctx: Context, answers: Answers) -> str:
    return f"已记下您的评价。要重新办理吗？回复数字：\n{_options_of(ctx, answers, REOPENING)}\n也可以直接写下哪里不满意，会记到这件诉求里。"


def _take_reopening(ctx: Context, answers: Answers) -> Taken:
    picked = choice(ctx.message.text, REOPENING)
    if picked is None:
        return Again("请回复 1 或 2。")
    return Next({"again": picked == 0})


def _ask_reason(ctx: Context, answers: Answers) -> str:
    return f"请写明 {answers['number']} 还有什么没有解决、希望怎样办，写好发来就重新办理。\n回复「取消」不重新办理。"


def _take_reason(ctx: Context, answers: Answers) -> Taken:
    words = ctx.message.text.strip()
    if ctx.message.kind != "text" or len(words) < SHORTEST_REASON:
        return Again("请用几句话写明原因。", ask=False)
    if len(words) > MOST:
        return Again("写得太长了，请精简到2000字以内。", ask=False)
    return Next({"reason": words})


def _finish(ctx: Context, answers: Answers) -> Reply:
    if answers.get("over"):
        return Text(answers["over"])
    number = answers["number"]
    if not answers.get("reason") and _is_unhappy(answers):
        return _heard(ctx, number, f"谢谢您的评价（{number}：{answers['solved']}，{answers['score']}）。")
    if not answers.get("reason"):
        return Text(
            f"谢谢您的评价（{number}：{answers['solved']}，{answers['score']}）。\n"
            f"想多说几句，请回复「意见 内容」；想改评价，请回复「回访 {number}」。"
        )
    case = _locked_case(ctx, answers)
    try:
        if case is None:
            raise IllegalMove(NONE_OPEN)
        by_appellant.reopen(ctx.db, ctx.services.config.appeals, case, answers["reason"])
    except IllegalMove as refusal:
        return Text(str(refusal))
    return Text(
        f"{number} 已重新办理，您的话已转给承办人员。回复「查进度」看新的期限；要补充材料请回复「补充」。"
    )


def _is_unhappy(answers: Answers) -> bool:
    return answers.get("solved") == rounds.UNSOLVED or answers.get("score") in rounds.UNHAPPY


def _heard(ctx: Context, number: str, head: str) -> Reply:
    """What comes next is taken for this case, as long as nothing else is said."""
    ctx.remember(unhappy={"number": number, "at": ctx.now.isoformat()})
    return Text(
        f"{head}\n哪里不满意、还要怎么办，请直接写下来，会记到这件诉求里给工作人员看。\n"
        f"要重新办理请回复「重新办理 {number}」，说别的事请回复「菜单」。"
    )


def _is_rating(answers: Answers) -> bool:
    return not answers.get("over") and not answers.get("again")


FORM = Form(
    "survey",
    "评价",
    (
        Question("solved", _ask_solved, _take_solved, lambda a: _is_rating(a) and not a.get("solved")),
        Question("score", _ask_score, _take_score, lambda a: _is_rating(a) and not a.get("score")),
        Question(
            "again",
            _ask_reopening,
            _take_reopening,
            lambda a: bool(a.get("offer")) and a.get("again") is None,
        ),
        Question("reason", _ask_reason, _take_reason, lambda a: bool(a.get("again")) and not a.get("reason")),
    ),
    _finish,
    drafts=False,
)


def _ask_on(ctx: Context, answers: dict[str, object], taken: Taken | None = None) -> Reply:
    """Ask the first open question, with what has been taken already."""
    if isinstance(taken, Next):
        answers |= taken.answers
    if any(question.when(answers) for question in FORM.questions):
        return FORM.start(ctx, answers)
    close(ctx.conversation)
    return _finish(ctx, answers)


@router.intent("tap", help="点选客服消息里的选项：评价、要求重新办理")
def tapped(ctx: Context) -> Reply | None:
    tap = tap_of(ctx.message.menu_item_id or "")
    if tap is None:
        return None
    mine = Appeal.appellant == ctx.services.appellant(ctx.openid)
    case = ctx.db.scalar(select(Appeal).where(Appeal.id == tap.case_id, mine))
    if case is None:
        return Text(NONE_OPEN)
    answers: dict[str, object] = {"number": case.number}
    if tap.question is SOLVED:
        return _ask_on(ctx, answers, _record_part(ctx, answers, {"solved": SOLVED[tap.place]}))
    answers |= {"solved": case.survey_solved, "score": case.survey_score}
    if tap.question is SCORES:
        return _ask_on(ctx, answers, _record_part(ctx, answers, {"score": SCORES[tap.place]}))
    if tap.place == 0 and not by_appellant.may_reopen(case):
        return Text(f"{case.number} 已不能要求重新办理。有新的情况请回复 6 提新的诉求。")
    return _ask_on(ctx, {**answers, "offer": True, "again": tap.place == 0})


@router.intent("awaited", help="刚收到回访时直接回复的数字或「已解决」「未解决」")
def answered(ctx: Context) -> Reply | None:
    picked = choice(ctx.message.text, SOLVED) if ctx.message.kind == "text" else None
    if picked is None:
        return None
    case = case_last_told(ctx.db, ctx.services, ctx.openid)
    if case is None or case.state is AppealState.NEED_INFO or not by_appellant.may_answer(ctx.db, case):
        return None
    answers: dict[str, object] = {"number": case.number}
    return _ask_on(ctx, answers, _record_part(ctx, answers, {"solved": SOLVED[picked]}))


@router.intent("awaited", help="评价不满意以后直接写来的话和图片：记到那件诉求里")
def said_after(ctx: Context) -> Reply | None:
    case = _unhappy_case(ctx)
    if case is None or not _speaks_of_it(ctx):
        return None
    picture = (
        attachments.note_picture(ctx.db, ctx.services, ctx.message, ctx.now)
        if ctx.message.kind == "image"
        else None
    )
    if ctx.message.kind == "image" and picture is None:
        return Text("这张图片没有收到，请再发一次。")
    try:
        by_appellant.say_more(ctx.db, case, ctx.message.text.strip(), [picture] if picture else [])
    except IllegalMove:
        return None
    return _heard(ctx, case.number, f"已记到 {case.number}，列入「回访不满意」，等工作人员跟进。")


def _unhappy_case(ctx: Context) -> Appeal | None:
    """The case that was rated just now, when nothing else has been said since."""
    rated = ctx.recalled("unhappy")
    if not rated or ctx.now - datetime.fromisoformat(rated["at"]) > TOGETHER:
        return None
    wrote_at = last_said(ctx.db, ctx.openid)
    if wrote_at is not None and wrote_at > datetime.fromisoformat(rated["at"]):
        return None
    case = _locked_case(ctx, rated)
    return case if case is not None and rounds.is_unhappy(case) else None


def _speaks_of_it(ctx: Context) -> bool:
    """Whether the words may be about the case: not a digit of the menu, nor a question or a name of the library's."""
    if ctx.message.kind == "image":
        return True
    words = ctx.message.text.strip()
    if len(words) < SHORTEST_REASON or menu_digit(words) is not None or case_number(words):
        return False
    meaning = understand(words, ctx.library.index)
    asks = meaning.intent.startswith("policy:") and bool(ASKING.search(words))
    return not meaning.understood or not (asks or meaning.intent.startswith(ELSEWHERE))


@router.pattern(r"(?:回访|评价|满意度)\s*(?P<rest>.*)", help="回访：评价办结的诉求，如「回访 编号 1」")
def survey(ctx: Context) -> Reply | None:
    rest = ctx.groups.get("rest", "")
    number = case_number(ctx.message.text)
    if rest and number is None:
        return None  # somebody speaks of ratings in general
    case = _case_meant(ctx, number)
    if not isinstance(case, Appeal):
        return case
    if not by_appellant.may_answer(ctx.db, case):
        return Text(f"{case.number} {case.state.label}，现在不用评价。回复「查进度」查看。")
    answers: dict[str, object] = {"number": case.number}
    picked = choice(rest.rsplit(" ", 1)[-1], SOLVED) if " " in rest else None
    return _ask_on(
        ctx, answers, _record_part(ctx, answers, {"solved": SOLVED[picked]}) if picked is not None else None
    )


def _case_meant(ctx: Context, number: str | None) -> Appeal | Reply:
    digest = ctx.services.appellant(ctx.openid)
    if number:
        return own(ctx.db, digest, number) or Text("没有查到这个编号（只能评价自己的诉求）。请核对后重发。")
    waiting = [case for case in of_appellant(ctx.db, digest, 20) if by_appellant.may_answer(ctx.db, case)]
    if len(waiting) == 1:
        return waiting[0]
    if not waiting:
        return Text(NONE_OPEN)
    lines = "\n".join(f"{case.number} {plain(case.title)}" for case in waiting[:8])
    return Text(f"要评价哪一件？请回复「回访 编号」，如「回访 {waiting[0].number}」：\n{lines}")


@router.pattern(
    r"(?:要求)?(?:重新办理|重办|重新处理)\s*(?:s\s*q.*)?", help="重新办理：对答复不满意，要求再办"
)
def again(ctx: Context) -> Reply:
    digest, number = ctx.services.appellant(ctx.openid), case_number(ctx.message.text)
    mine = [own(ctx.db, digest, number)] if number else of_appellant(ctx.db, digest, 20)
    open_to = [case for case in mine if case is not None and by_appellant.may_reopen(case)]
    if not open_to:
        return Text(
            "没有可以要求重新办理的诉求（销号后15天内、最多2次）。回复「查进度」查看，有新的情况回复 6 提新的诉求。"
        )
    if len(open_to) > 1:
        lines = "\n".join(f"{case.number} {plain(case.title)}" for case in open_to[:8])
        return Text(f"要重新办理哪一件？请回复「重新办理 编号」：\n{lines}")
    return _ask_on(ctx, {"number": open_to[0].number, "offer": True, "again": True})


@router.pattern(r"意见[\s:,、]*(?P<words>.+)", help="意见：评价之后多说几句")
def words(ctx: Context) -> Reply | None:
    mine = of_appellant(ctx.db, ctx.services.appellant(ctx.openid), 20)
    rated = [case for case in mine if case.survey_at is not None and by_appellant.may_answer(ctx.db, case)]
    if not rated:
        return None
    case = own(ctx.db, rated[0].appellant, max(rated, key=_rated_at).number, lock=True)
    assert case is not None
    opinion = ctx.message.text.strip()[len("意见") :].lstrip(" :：,，、\u3000")
    try:
        by_appellant.say_more(ctx.db, case, opinion[:MOST])
    except IllegalMove:
        return None  # rated by phone: the words are no part of an answer here
    return Text(f"您的意见已记入 {case.number}。回复「菜单」看全部服务。")


def _rated_at(case: Appeal) -> float:
    return case.survey_at.timestamp() if case.survey_at else 0.0


@router.state("survey", help="评价填写中")
def fill(ctx: Context) -> Reply | None:
    """The answers to the survey. A person who speaks of something else leaves the form; what they have said counts."""
    if ctx.conversation.step != "reason" and not _is_an_answer(ctx):
        close(ctx.conversation)
        return None
    return FORM.answer(ctx)


def _is_an_answer(ctx: Context) -> bool:
    asked = {"solved": SOLVED, "score": SCORES, "again": REOPENING}[ctx.conversation.step or "solved"]
    return ctx.message.kind == "text" and choice(ctx.message.text, asked) is not None
