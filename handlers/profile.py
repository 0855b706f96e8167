"""完善企业信息: the company by chat, and the policies that fit it (PIPL Art. 13–17: the notice comes first).

Its verbs are in bot/followers and bot/policies.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from bot.chat import unfiled
from bot.chat.context import Context
from bot.chat.forms import WAY_OUT, Again, Answers, Form, Next, Question, Taken, choice, leave, numbered
from bot.chat.router import Router
from bot.core.db import insert_once
from bot.followers import profile_form, profiles
from bot.followers.profile_form import FIELDS
from bot.followers.profiles import SEPARATOR
from bot.policies import matching, reminders, texts
from bot.understanding.phrases import SPECIFIC
from bot.understanding.stickers import without_stickers
from bot.understanding.understand import understand
from bot.wechat.replies import Reply, Text, plain
from models.profiles import Profile, profile_of

router = Router("企业信息")
SKIP = frozenset({"跳过", "略过", "下一项", "下一步", "不填", "暂不填", "先不填"})
CLEAR = frozenset({"清空", "清除", "去掉"})
NONE = frozenset({"都没有", "没有", "无", "暂无", "0", "没"})
YES = frozenset({"同意", "好", "好的", "是", "可以", "行"})
CONSENTS = ("同意", "不同意")
A_QUESTION = 5  # characters of a question about policies; shorter ones are answers that are in no list
A_STORY = 12  # characters of an answer that is none: somebody is telling something
PAGE = 5
LEFT_FOR_NOW = "企业信息先放着，草稿保留24小时，回复「继续填写」接着填。"


def _has_agreed(answers: Answers) -> bool:
    return not answers.get("refused")


def _ask_consent(ctx: Context, answers: Answers) -> str:
    notice = ctx.library.say("profile_notice", operator=ctx.services.config.privacy.operator_name)
    return f"{notice}\n\n请回复数字：\n{numbered(CONSENTS)}"


def _take_consent(ctx: Context, answers: Answers) -> Taken:
    picked = 0 if ctx.text in YES else choice(ctx.message.text, CONSENTS)
    if picked is None:
        return _not_understood(
            ctx, f"请回复数字：\n{numbered(CONSENTS)}\n不同意就不填写，也不保存。", ask=False
        )
    if picked == 1:
        return Next({"refused": True})
    return Next({"consent": {"version": ctx.library.say("privacy_version"), "at": ctx.now.isoformat()}})


def _not_understood(ctx: Context, hint: str, *, ask: bool = True) -> Taken:
    """What to say to words that answer nothing. A story that is told here is not lost: it waits for an appeal."""
    words = ctx.message.text.strip()
    if answer := _about_a_policy(ctx):
        return Again(answer, ask=False)
    if len(words) < A_STORY:
        return Again(hint, ask=ask)
    unfiled.keep(ctx, words)
    kept_for_you = "刚才这段话不像是在回答这一项，先替您记着：要反映问题，回复「返回」再回复 6，内容会带上。"
    return Again(f"{kept_for_you}\n\n接着填写：{hint}", ask=False)


def _about_a_policy(ctx: Context) -> str | None:
    """The answer to a question about a policy in the middle of the form, which is left with its draft; else None."""
    meaning = understand(ctx.message.text, ctx.library.index)
    asks = len(ctx.message.text) >= A_QUESTION and meaning.intent.startswith("policy:")
    if not (meaning.understood and (asks or meaning.intent.startswith(SPECIFIC))):
        return None
    ctx.understanding = meaning
    reply = ctx.redirect(meaning.intent)
    if not isinstance(reply, Text):
        return None
    first = f"{LEFT_FOR_NOW}\n\n" if leave(ctx) else ""
    unfiled.keep_question(ctx)
    return f"{first}{reply.content}"


def _present_value(answers: Answers, field: str) -> str:
    now = answers.get(field)
    if now is None:
        return "不想填就回复「跳过」。"
    return f"现在是：{plain(str(now)) or profile_form.NONE_HELD}。不改就回复「跳过」，去掉回复「清空」。"


def _ask_company(ctx: Context, answers: Answers) -> str:
    return f"企业（或个体工商户）叫什么名称？{_present_value(answers, 'company')}\n{WAY_OUT}"


def _take_company(ctx: Context, answers: Answers) -> Taken:
    skipped = _skipped_or_cleared(ctx, "company")
    if skipped is not None:
        return skipped
    name = " ".join(without_stickers(ctx.message.text).split())
    if not profile_form.is_company_name(name):
        return _not_understood(ctx, "请写企业名称（2到100个字），不想填就回复「跳过」。")
    return Next({"company": name})


def _skipped_or_cleared(ctx: Context, field: str) -> Taken | None:
    if ctx.text in SKIP:
        return Next({})
    return Next({field: None}) if ctx.text in CLEAR else None


def _ask_one(field: str, ctx: Context, answers: Answers) -> str:
    listed = profile_form.number_list(field, answers.get(field))
    return f"{FIELDS[field]}？回复数字：\n{listed}\n{_present_value(answers, field)}"


def _take_one(field: str, ctx: Context, answers: Answers) -> Taken:
    skipped = _skipped_or_cleared(ctx, field)
    if skipped is not None:
        return skipped
    option = profile_form.one_of(field, ctx.message.text) or (
        profile_form.stage_by_age(ctx.message.text) if field == "stage" else None
    )
    if option is None:
        most = len(profile_form.OPTIONS[field])
        if between := profile_form.undecided(field, ctx.message.text):
            return Again(f"{between}？请回复其中一个数字。", ask=False)
        return _not_understood(ctx, f"{FIELDS[field]}请回复 1—{most} 的数字，不想填就回复「跳过」。")
    return Next({field: option})


def _ask_qualification(ctx: Context, answers: Answers) -> str:
    listed = profile_form.number_list("qualification", answers.get("qualification"))
    return f"有哪些资质？可以选几个，如「1 4」；都没有回复 0：\n{listed}\n{_present_value(answers, 'qualification')}"


def _take_qualification(ctx: Context, answers: Answers) -> Taken:
    skipped = _skipped_or_cleared(ctx, "qualification")
    if skipped is not None:
        return skipped
    if ctx.text in NONE:
        return Next({"qualification": ""})
    chosen = profile_form.several("qualification", ctx.message.text)
    if chosen is None:
        return _not_understood(
            ctx, "资质请回复数字，几个数字之间空一格，如「1 4」；都没有回复 0，不想填就回复「跳过」。"
        )
    return Next({"qualification": SEPARATOR.join(chosen)})


def _finish(ctx: Context, answers: Answers) -> Reply:
    if answers.get("refused"):
        return Text("好的，没有保存企业信息。政策照样可以看：回复 1—5，或发「搜 关键词」。")
    insert_once(ctx.db, Profile, openid=ctx.openid, updated_at=ctx.now)
    row = profile_of(ctx.db, ctx.openid)
    assert row is not None  # just made, and this person's rows are locked
    profiles.merge(row, {field: answers.get(field) for field in FIELDS})
    row.consent_version = answers["consent"]["version"]
    row.consented_at = datetime.fromisoformat(answers["consent"]["at"])
    saved = profile_form.shown(row)
    confirmation = f"企业信息已保存：\n{plain(saved)}" if saved else "已保存，您没有填写任何一项。"
    return Text(
        f"{confirmation}\n随时回复「完善企业信息」修改，「删除我的信息」删除。\n\n{_fitting_policies(ctx, row, 0)}"
    )


FORM = Form(
    "profile",
    "填写企业信息",
    (
        Question("consent", _ask_consent, _take_consent, lambda answers: not answers.get("told_before")),
        Question("company", _ask_company, _take_company, _has_agreed),
        *(
            Question(field, partial(_ask_one, field), partial(_take_one, field), _has_agreed)
            for field in ("industry", "size")
        ),
        Question("qualification", _ask_qualification, _take_qualification, _has_agreed),
        *(
            Question(field, partial(_ask_one, field), partial(_take_one, field), _has_agreed)
            for field in ("street", "stage")
        ),
    ),
    _finish,
)


@router.keyword(
    "完善企业信息", "完善信息", "填写企业信息", "修改企业信息", "更新企业信息", "登记企业信息", "企业登记",
    help="完善企业信息：告诉我们行业、规模、资质，合适的政策排在前面",
)  # fmt: skip
def begin(ctx: Context) -> Reply:
    return _open_form(ctx)


def _open_form(ctx: Context) -> Reply:
    """The form with what is known; the notice only when it has not been agreed to as it stands today."""
    if FORM.draft(ctx) is not None:
        return FORM.resume(ctx)
    row = profile_of(ctx.db, ctx.openid)
    answers: dict[str, Any] = dict(profile_form.known(row))
    if row is not None and row.consented_at and row.consent_version == ctx.library.say("privacy_version"):
        agreed = {"version": row.consent_version, "at": row.consented_at.isoformat()}
        answers |= {"consent": agreed, "told_before": True}
    return FORM.start(ctx, answers)


@router.keyword("我的企业", "企业信息", "我的企业信息", "我的公司", help="我的企业：看填过的企业信息")
def mine(ctx: Context) -> Reply:
    row = profile_of(ctx.db, ctx.openid)
    shown = profile_form.shown(row)
    if not shown:
        return _open_form(ctx)
    return Text(
        f"您的企业信息：\n{plain(shown)}\n\n回复「完善企业信息」修改，「适合我的政策」看合适的政策，「删除我的信息」删除。"
    )


@router.state("profile", help="企业信息填写中")
def fill(ctx: Context) -> Reply:
    return FORM.answer(ctx)


@router.keyword(
    "适合我的政策", "适合我的", "匹配政策", "政策匹配", "推荐政策", "政策推荐", "我能享受什么政策", "我能享受哪些政策",
    help="适合我的政策：按企业信息列出来，并说明为什么",
    anywhere=True,
)  # fmt: skip
@router.pattern(
    r"(?:有(?:什么|哪些|没有))?适合(?:我|我们|我家|我公司|我们公司|我们企业|我企业|本公司|本企业)的?(?:惠企)?政策(?:有哪些|有吗|吗)?",
    help="适合我们公司的政策有哪些：按企业信息列出来",
)
def suitable(ctx: Context) -> Reply:
    return Text(_fitting_policies(ctx, profile_of(ctx.db, ctx.openid), 0))


@router.intent("page:fitting", help="更多：看适合的政策的下一页")
def more(ctx: Context) -> Reply:
    start = int((ctx.recalled("more") or {}).get("start", 0))
    return Text(_fitting_policies(ctx, profile_of(ctx.db, ctx.openid), start))


def _fitting_policies(ctx: Context, row: Profile | None, start: int) -> str:
    asker = matching.company(row)
    if not asker.known:
        return (
            "还不知道您企业的行业、规模和资质，先不猜。\n"
            "回复「完善企业信息」填几项（大约一分钟，每项都可以跳过），就能列出适合您的政策；\n"
            "也可以回复 1 政策、2 法律、3 金融、4 人才、5 税费直接看。"
        )
    found = matching.fitting(ctx.library.policies.values(), asker)
    part = found[start : start + PAGE]
    if not part:
        return (
            "现有政策里没有写明专门面向您这类企业的。面向所有企业的政策照样可以用：回复 1—5 看各类，或发「搜 关键词」。\n"
            "拿不准能不能享受，回复 0 转人工问一问。"
        )
    left = start + PAGE < len(found)
    ctx.remember(
        list=[f"{SPECIFIC}{policy.short_name}" for policy, _ in part],
        more={"intent": "page:fitting", "start": start + PAGE} if left else None,
    )
    lines = [
        f"{letter} {texts.list_line(policy)}\n　{matching.because(how.reasons)}"
        for letter, (policy, how) in zip("ABCDE", part, strict=False)
    ]
    tail = "，回复「更多」看下一页" if left else ""
    return (
        f"可能适合您的政策（{start + 1}—{start + len(part)}／共{len(found)}份）：\n" + "\n".join(lines) + "\n"
        f"\n能不能享受以政策原文的条件为准。回复字母看要点{tail}，回复 0 转人工。"
    )


@router.keyword(
    "退订提醒",
    "取消提醒",
    "关闭提醒",
    "不要提醒",
    "停止提醒",
    help="退订提醒：申报截止前不再提醒",
    anywhere=True,
)
def no_reminders(ctx: Context) -> Reply:
    stopped = reminders.refuse(ctx.db, ctx.openid)
    return Text(
        f"{'好的，不再提醒' if stopped else '之前已关闭提醒'}。收藏和企业信息都还在；想恢复回复「开启提醒」，看全部服务回复「菜单」。"
    )


@router.keyword(
    "开启提醒", "恢复提醒", "订阅提醒", "打开提醒", help="开启提醒：申报截止前提醒您", anywhere=True
)
def reminders_again(ctx: Context) -> Reply:
    reminders.accept(ctx.db, ctx.openid)
    return Text(
        "提醒已开启：您收藏的、适合您企业的政策，申报截止前15天、7天、3天、1天告诉您。回复「退订提醒」关闭，回复「菜单」看全部服务。"
    )
