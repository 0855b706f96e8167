"""我的信息, 导出, 删除, 收回同意: what we have stored about a person, and what they may do with it (PIPL Art. 15, 44–47).

Its verbs are in bot/privacy.
"""

from __future__ import annotations

from sqlalchemy import func, select

from bot.appeals import by_appellant, states
from bot.chat.context import Context
from bot.chat.forms import Again, Answers, Form, Next, Question, Taken, choice
from bot.chat.router import Router
from bot.core import clock
from bot.core.masking import masked_name, masked_phone
from bot.followers import people, profile_form
from bot.privacy import holdings
from bot.wechat.replies import Reply, Text, plain
from models.appeals import Appeal, of_appellant, own
from models.policies import Favourite, Policy
from models.profiles import profile_of
from models.study import subscribed_series

router = Router("我的信息")


@router.keyword("我的信息", "隐私", "个人信息", help="我的信息：看我们保存了什么", anywhere=True)
def mine(ctx: Context) -> Reply:
    cases = of_appellant(ctx.db, ctx.services.appellant(ctx.openid), 100)
    series = subscribed_series(ctx.db, ctx.openid)
    saved = (
        ctx.db.scalar(select(func.count()).select_from(Favourite).where(Favourite.openid == ctx.openid)) or 0
    )
    company = plain(profile_form.shown(profile_of(ctx.db, ctx.openid)).replace("\n", "，"))
    contacts = {f"{masked_name(c.contact)} {masked_phone(c.phone)}" for c in cases if c.contact or c.phone}
    return Text(
        f"我们为您保存了：\n诉求 {len(cases)} 件\n联系方式：{'、'.join(sorted(contacts)) or '无'}\n"
        f"订阅：{'、'.join(s.title for s in series) or '无'}\n收藏政策 {saved} 条\n"
        f"企业信息：{company or '没有填写'}{_newest_consent(cases)}\n\n"
        "聊天内容最多保存90天。回复「导出我的信息」看全部内容；回复「完善企业信息」更正；"
        "回复「不再提供联系方式」收回同意；回复「删除我的信息」删除。"
    )


def _newest_consent(cases: list[Appeal]) -> str:
    given = max((case.consent_at for case in cases), default=None)
    version = next((case.consent_version for case in cases if case.consent_at == given), "")
    return f"\n最近一次同意：{clock.local(given):%Y年%m月%d日}，告知书版本 {version}" if given else ""


@router.keyword(
    "导出我的信息", "复制我的信息", "我的信息副本", help="导出我的信息：看保存的全部内容", anywhere=True
)
def copy(ctx: Context) -> Reply:
    """In the chat itself, not behind a link: only the person's own phone shows it."""
    cases = of_appellant(ctx.db, ctx.services.appellant(ctx.openid), 200)
    parts = [_case_in_full(case) for case in cases]
    series = subscribed_series(ctx.db, ctx.openid)
    favourites = ctx.db.scalars(
        select(Policy.short_name)
        .join(Favourite, Favourite.policy_id == Policy.id)
        .where(Favourite.openid == ctx.openid)
    )
    company = profile_form.shown(profile_of(ctx.db, ctx.openid))
    parts += [f"订阅：{'、'.join(s.title for s in series) or '无'}"]
    parts += [f"收藏：{'、'.join(favourites) or '无'}", f"企业信息：\n{company}"]
    parts += ["聊天记录：就是您在本公众号里看到的内容，最多保存90天。"]
    return Text(plain("我们为您保存的全部内容：\n\n" + "\n\n".join(parts)))


def _case_in_full(case: Appeal) -> str:
    shared = "同意" if case.share_contact else "不同意"
    rated = "、".join(part for part in (case.survey_solved, case.survey_score, case.survey_text) if part)
    lines = [
        f"诉求 {case.number}（{case.state.label}）",
        f"提交：{clock.local(case.received_at):%Y-%m-%d %H:%M}，{case.type}，{case.category}",
        f"企业：{case.company or '无'}",
        f"联系：{case.contact or '无'} {case.phone or ''}".rstrip(),
        f"{shared}向承办单位提供联系方式；同意告知书版本 {case.consent_version}，"
        f"{clock.local(case.consent_at):%Y-%m-%d %H:%M}",
        f"内容：{case.body}",
        *([f"答复：{case.public_reply}"] if case.public_reply else []),
        *([f"评价：{rated}"] if rated else []),
    ]
    return "\n".join(lines)


@router.keyword(
    "不再提供联系方式", "收回同意", "撤回同意",
    help="不再提供联系方式：收回同意，由工商联转达", anywhere=True,
)  # fmt: skip
def withdraw_consent(ctx: Context) -> Reply:
    digest = ctx.services.appellant(ctx.openid)
    shared = [c for c in of_appellant(ctx.db, digest, 200) if c.share_contact and c.state in states.OPEN]
    numbers = []
    for case in shared:
        locked = own(ctx.db, digest, case.number, lock=True)
        if locked is not None and locked.share_contact:
            by_appellant.withdraw_contact(ctx.db, locked)
            numbers.append(locked.number)
    if not numbers:
        return Text("您现在没有同意向承办单位提供联系方式的诉求，不用再收回。回复「我的信息」查看。")
    return Text(
        f"已收回：{'、'.join(numbers)} 的联系方式不再提供给承办单位，已通知停止使用，之后由工商联转达。\n"
        "想删除全部信息，请回复「删除我的信息」。"
    )


def _ask(ctx: Context, answers: Answers) -> str:
    return (
        "将删除：订阅、收藏、企业信息、草稿、聊天内容、未提交的图片，并撤回还能撤回的诉求。"
        "已在办理的诉求会继续办理，但不再与您的微信关联：之后查不到进度，姓名、电话和图片在办结后删除。\n确定删除吗？\n1 删除\n2 不删除"
    )


def _take(ctx: Context, answers: Answers) -> Taken:
    picked = choice(ctx.message.text, ("删除", "不删除"))
    return Again("请回复 1 或 2。") if picked is None else Next({"sure": picked == 0})


def _finish(ctx: Context, answers: Answers) -> Reply:
    if not answers["sure"]:
        return Text("没有删除。回复「菜单」看全部服务。")
    holdings.let_go_of_cases(ctx.db, ctx.services, ctx.openid)
    people.erase(ctx.db, ctx.services, ctx.follower, ctx.now)
    ctx.conversation.memory = {}
    ctx.keep_openid = False
    return Text("已删除。以后需要服务，直接发消息即可；取消关注会一并清除剩余信息。")


FORM = Form("erase", "删除个人信息", (Question("sure", _ask, _take),), _finish)


@router.keyword("删除我的信息", "注销", "删除信息", help="删除我的信息", anywhere=True)
def erase(ctx: Context) -> Reply:
    return FORM.start(ctx)


@router.state("erase", help="删除确认中")
def confirm(ctx: Context) -> Reply:
    return FORM.answer(ctx)
