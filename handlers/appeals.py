"""提诉求, the form: type → category → facts → company → contact → consent → confirm (design §5).

Its verbs are in bot/appeals; the ways into it in filing.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.appeals import (
    attachments,
    by_appellant,
    first_answers,
    promises,
    repeated_filings,
    states,
)
from bot.appeals.contact_line import ANONYMOUS, read_contact
from bot.chat.context import Context
from bot.chat.forms import (
    CORRECTING,
    WAY_OUT,
    Again,
    Answers,
    Form,
    More,
    Next,
    Question,
    Taken,
    choice,
    numbered,
)
from bot.chat.listening import listen
from bot.chat.router import Router
from bot.core import clock
from bot.core.sensitive import warning
from bot.understanding.normalise import menu_digit
from bot.understanding.stickers import without_stickers
from bot.wechat.replies import Reply, Text, anchor, plain
from models.appeals import CATEGORIES, TYPES, own

router = Router("提诉求")
DONE = frozenset({"完成", "好了", "写完了", "发完了", "没有了", "下一步", "结束", "完了"})
REWRITE = frozenset({"重写", "去掉", "不是", "不是这件事", "不是这个", "不要", "不带"})
SKIP = frozenset(
    [
        "跳过",
        "无",
        "没有",
        "暂无",
        "个人",
        "不填",
        "没有公司",
        "没有企业",
        "我是个人",
        "个人名义",
        "以个人名义",
        "还没注册",
        "没注册",
        "未注册",
        "个人反映",
    ]
)
NOT_A_COMPANY = frozenset(["完成", "匿名", "提交", "确认", "好", "好的", "是"])
YES = frozenset(["同意", "好", "好的", "是", "是的", "可以", "行", "确认", "确定", "对"])
MOST_WORDS = 20000  # characters of one case's body
REPEAT = ("补充到原诉求", "仍要提交新的")
REPORT = "举报"
CONSENTS = (
    "同意，联系方式可提供给承办单位",
    "同意提交，但联系方式只留工商联，由工商联转达",
    "不同意，放弃提交",
)


def _ask_type(ctx: Context, answers: Answers) -> str:
    facts = " ".join(answers.get("facts", "").split())
    room = 200 if answers.get("carried") else 30
    shown = f"{plain(facts[:room])}{'……' if len(facts) > room else ''}"
    taken = f"您的描述已记下：{shown}\n" if facts else ""
    if facts and answers.get("carried"):
        taken = f"您{answers['carried']}写的会带上：{shown}\n不是这件事，回复「重写」去掉。\n\n"
    return f"{taken}请选诉求类型，回复数字：\n{numbered(TYPES)}\n{WAY_OUT}"


def _take_type(ctx: Context, answers: Answers) -> Taken:
    if answers.get("carried") and ctx.text in REWRITE:
        dropped = {"facts": "", "carried": None}
        return More(dropped, f"已去掉，之前写的不会带上。\n\n{_ask_type(ctx, {**answers, **dropped})}")
    picked = choice(ctx.message.text, TYPES)
    if picked is not None:
        return Next({"type": TYPES[picked]})
    return _take_early(ctx, answers, f"请先回复 1—{len(TYPES)} 选类型。")


def _ask_category(ctx: Context, answers: Answers) -> str:
    return f"属于哪一类问题？回复数字：\n{numbered(CATEGORIES)}"


def _take_category(ctx: Context, answers: Answers) -> Taken:
    picked = choice(ctx.message.text, CATEGORIES)
    if picked is not None:
        return Next({"category": CATEGORIES[picked]})
    meant = {category for word, category in first_answers.CATEGORY_WORDS.items() if word in ctx.text}
    if len(meant) == 1 and len(ctx.text) < 6:
        return Next({"category": meant.pop()})
    return _take_early(ctx, answers, f"请先回复 1—{len(CATEGORIES)} 选类别，拿不准就选 {len(CATEGORIES)}。")


def _take_early(ctx: Context, answers: Answers, hint: str) -> Taken:
    """Keep facts that come before they are asked for, instead of refusing them."""
    if ctx.message.kind == "text" and len(ctx.message.text.strip()) < 6:
        return Again(hint)
    added = _with_message(ctx, answers)
    if isinstance(added, str):
        return Again(added)
    return More(added, f"这条已记入诉求内容。{hint}")


def _ask_facts(ctx: Context, answers: Answers) -> str:
    so_far = _recorded_so_far(answers)
    if so_far:
        return f"{so_far}\n还有要补充的文字、图片请继续发；没有了就回复「完成」。"
    return (
        "请说说具体情况：时间、地点、涉及单位、希望怎样解决。文字和图片都可以，可分几条发，发完回复「完成」。"
    )


def _take_facts(ctx: Context, answers: Answers) -> Taken:
    if ctx.text in DONE:
        if not answers.get("facts") and not answers.get("pictures"):
            return Again("还没有收到内容，请至少写一句话或发一张图片。")
        return Next(_look_for_repeat(ctx, answers))
    if ctx.message.kind == "text" and menu_digit(ctx.message.text) is not None:
        return Again("一个数字说明不了情况，没有记入。要用菜单里的服务，请先回复「返回」。")
    added = _with_message(ctx, answers)
    if isinstance(added, str):
        return Again(added)
    return More(
        added,
        f"{_recorded_so_far({**answers, **added})}{warning(ctx.message.text)}\n继续发，或回复「完成」进入下一步。",
    )


def _look_for_repeat(ctx: Context, answers: Answers) -> dict[str, Any]:
    """The earlier case of this person that reads the same, once; asking counts as 重复反映 (domain §3.4)."""
    if "like" in answers:
        return {}
    days, digest = ctx.services.config.appeals.duplicate_days, ctx.services.appellant(ctx.openid)
    case = repeated_filings.earlier(ctx.db, digest, answers.get("facts", ""), days)
    if case is None:
        return {"like": None}
    locked = own(ctx.db, digest, case.number, lock=True)
    if locked is not None:
        by_appellant.repeated(ctx.db, locked)
    return {"like": case.number}


def _ask_repeat(ctx: Context, answers: Answers) -> str:
    case = own(ctx.db, ctx.services.appellant(ctx.openid), answers["like"])
    if case is None:
        return f"回复数字：\n{numbered(REPEAT)}"
    due = f"，{said}" if (said := promises.promise(case)) else ""
    return (
        f"您提过很像的一件：\n{case.number} {plain(case.title)}\n当前：{promises.plain_state(case)}{due}\n\n"
        f"怎么办？回复数字：\n{numbered(REPEAT)}"
    )


def _take_repeat(ctx: Context, answers: Answers) -> Taken:
    picked = choice(ctx.message.text, REPEAT)
    if picked is None:
        return Again("请回复 1 或 2。")
    return Next({"into": answers["like"] if picked == 0 else None})


def _finish_repeat(ctx: Context, answers: Answers) -> Reply:
    """What was typed goes to the first case; a finished one only shows its result."""
    case = own(ctx.db, ctx.services.appellant(ctx.openid), answers["into"], lock=True)
    if case is None or case.state not in states.OPEN:
        return Text(
            f"{answers['into']} 已经结束，没有补充进去。回复编号看结果；情况没有解决的话，请回复「重新办理 {answers['into']}」"
            "或回复 6 重新提交并选「仍要提交新的」。"
        )
    close = ctx.services.config.appeals.close_of_business
    pictures = attachments.present(ctx.db, ctx.openid, answers.get("pictures", []))
    by_appellant.supplement(
        ctx.db, case, answers.get("facts", ""), pictures, close=(close.hour, close.minute)
    )
    return Text(f"已补充到 {case.number}，没有另立新的诉求。回复「查进度」查看。")


def _with_message(ctx: Context, answers: Answers) -> dict[str, Any] | str:
    """The answers with this message's words or picture added, or what is wrong with it."""
    if ctx.message.kind == "image":
        return _with_picture(ctx, answers)
    words = ctx.message.text.strip()
    if not words:
        return "这里能收文字和图片。语音、视频、位置请改用文字写下来。"
    facts = "\n".join(part for part in (answers.get("facts"), words) if part)
    if len(facts) > MOST_WORDS:
        return f"内容已超过{MOST_WORDS}字，这条没有记入。请回复「完成」，其余的提交后用「补充」发来。"
    return {"facts": facts}


def _with_picture(ctx: Context, answers: Answers) -> dict[str, Any] | str:
    pictures: list[int] = list(answers.get("pictures", []))
    most = ctx.services.config.appeals.max_attachments
    if len(pictures) >= most:
        return f"最多附{most}张图片，这张没有收下。请回复「完成」。"
    row = attachments.note_picture(ctx.db, ctx.services, ctx.message, ctx.now)
    if row is None:
        return "这张图片没有收到，请再发一次。"
    return {"pictures": [*pictures, row] if row not in pictures else pictures}


def _recorded_so_far(answers: Answers) -> str:
    facts, pictures = answers.get("facts", ""), answers.get("pictures", [])
    parts = [f"文字{len(facts)}字"] if facts else []
    parts += [f"图片{len(pictures)}张"] if pictures else []
    return f"已记下：{'、'.join(parts)}。" if parts else ""


def _ask_company(ctx: Context, answers: Answers) -> str:
    if answers["type"] == REPORT:
        return "举报内容只有指定的人能看到，可以完全匿名。\n愿意写您的企业全称请回复；不写请回复「跳过」。"
    return "请回复企业（或个体工商户、商会）全称；以个人名义反映请回复「个人」。"


def _take_company(ctx: Context, answers: Answers) -> Taken:
    words = " ".join(without_stickers(ctx.message.text).split())
    if ctx.text in SKIP:
        return Next({"company": None})
    if not 2 <= len(words) <= 100 or ctx.text in NOT_A_COMPANY or not re.search(r"[^\W\d_]", words):
        return Again("企业名称请写2到100个字。")
    return Next({"company": words})


def _ask_contact(ctx: Context, answers: Answers) -> str:
    if answers["type"] == REPORT:
        return "怎么与您联系？请回复姓名和电话，如：王明 13800000000；匿名举报请回复「匿名」，不记姓名和电话，答复只在本公众号里给您看。"
    return "怎么与您联系？请回复姓名和电话，如：王明 13800000000。不愿留联系方式请回复「匿名」（只能在本公众号里查看答复）。"


def _take_contact(ctx: Context, answers: Answers) -> Taken:
    if ctx.text in ANONYMOUS:
        return Next({"anonymous": True, "contact": None, "phone": None, "phone_given": None})
    found = read_contact(without_stickers(ctx.message.text))
    phone = found.phone or answers.get("phone_given") or ""
    if not phone or found.odd:
        hint = "请再写一次，" if found.odd else ""
        return Again(f"没有认出电话号码。{hint}写11位手机号，或带区号的座机，如 010-88880000。")
    if not found.name:
        return More({"phone_given": phone}, "电话已记下。请再回复联系人姓名（1到30个字）。")
    contact = f"{found.name}（{found.note}）" if found.note else found.name
    return Next({"anonymous": False, "contact": contact, "phone": phone, "phone_given": None})


def _ask_consent(ctx: Context, answers: Answers) -> str:
    operator = ctx.services.config.privacy.operator_name
    notice = ctx.library.say("privacy_notice", operator=operator)
    if answers.get("anonymous"):
        return f"{notice}\n\n请回复数字：\n{numbered(('同意提交', '不同意，放弃提交'))}"
    return f"{notice}\n\n{ctx.library.say('contact_consent')}\n请回复数字：\n{numbered(CONSENTS)}"


def _take_consent(ctx: Context, answers: Answers) -> Taken:
    anonymous = bool(answers.get("anonymous"))
    options = ("同意提交", CONSENTS[2]) if anonymous else CONSENTS
    words = ("同意", "不同意") if anonymous else ("提供", "不提供", "不同意")
    picked = choice(ctx.message.text, words)
    if picked is None and anonymous and ctx.text in YES:
        picked = 0
    if picked is None:  # a bare 同意 does not say whether the unit may have the phone (PIPL Art. 23)
        return Again(
            f"请回复数字：\n{numbered(options)}\n不同意就不会提交，也不会保存您填写的内容。", ask=False
        )
    if picked == len(words) - 1:
        return Next({"refused": True})
    agreed = {"version": ctx.library.say("privacy_version"), "at": ctx.now.isoformat()}
    return Next({"refused": False, "share": picked == 0 and not anonymous, "consent": agreed})


def _ask_confirm(ctx: Context, answers: Answers) -> str:
    facts = answers.get("facts", "（见图片）")
    shown = plain(facts if len(facts) <= 200 else f"{facts[:200]}……（共{len(facts)}字）")
    contact = (
        "匿名" if answers.get("anonymous") else plain(f"{answers.get('contact')} {answers.get('phone')}")
    )
    return (
        f"请核对：\n类型：{answers['type']}\n类别：{answers['category']}\n内容：{shown}\n"
        f"图片：{len(answers.get('pictures', []))}张\n企业：{plain(answers.get('company') or '个人')}\n联系：{contact}\n\n"
        "回复 1 提交，回复「上一步」修改，回复「取消」放弃。"
    )


def _take_confirm(ctx: Context, answers: Answers) -> Taken:
    if choice(ctx.message.text, ("提交",)) == 0 or ctx.text in YES:
        return Next({})
    if ctx.message.kind == "image" or len(ctx.message.text.strip()) >= 6:
        return _take_early(ctx, answers, "内容有变，请核对后回复 1 提交。")
    return Again("还没有提交。")


def _finish(ctx: Context, answers: Answers) -> Reply:
    if answers.get("into"):
        return _finish_repeat(ctx, answers)
    if answers.get("refused"):
        return Text("已放弃提交，填写的内容没有保存。需要时可拨打12345，或回复「菜单」看其他服务。")
    answers = {**answers, "pictures": attachments.present(ctx.db, ctx.openid, answers.get("pictures", []))}
    if not answers.get("facts") and not answers["pictures"]:
        return FORM.start(ctx, {}, say="图片放得太久，已经清除。请重新填写。")
    settings = ctx.services.config.appeals
    digest = ctx.services.appellant(ctx.openid)
    if by_appellant.filed_on(ctx.db, digest, ctx.now) >= settings.daily_limit_per_person:
        draft = _as_draft(ctx, answers)
        ctx.remember(**{"draft:appeal": draft})
        ctx.conversation.expires_at = datetime.fromisoformat(draft["until"])
        return Text(
            f"您今天已提交{settings.daily_limit_per_person}件诉求，这件已存为草稿，明天回复「继续填写」即可提交。"
            "急事请回复 0 转人工，或拨打12345。"
        )
    close = settings.close_of_business
    appeal = by_appellant.file(
        ctx.db,
        _filing(ctx, answers, digest),
        acceptance_days=settings.acceptance_days,
        close=(close.hour, close.minute),
        attachments=answers.get("pictures", []),
    )
    ctx.remember(pictures=None)
    promise = f"{clock.local(appeal.acceptance_due_at):%Y年%m月%d日 %H:%M}{'（暂估）' if appeal.deadline_estimated else ''}"
    link = anchor(ctx.services.progress_url(appeal.number), "查看办理进度")
    receipt = (
        f"诉求已提交。\n编号：{appeal.number}\n我们将在 {promise} 前告知是否受理。\n\n"
        f"随时回复「查进度」查看；回复「补充」加内容；回复「撤回」撤销。\n{link}"
    )
    ctx.remember(receipt={"text": receipt, "at": ctx.now.isoformat()})
    return Text(receipt)


def _as_draft(ctx: Context, answers: Answers) -> dict[str, Any]:
    until = ctx.now + timedelta(hours=48)  # past the end of tomorrow
    return {"answers": dict(answers), "step": "confirm", "until": until.isoformat()}


def _filing(ctx: Context, answers: Answers, digest: str) -> by_appellant.Filing:
    return by_appellant.Filing(
        appellant=digest,
        openid=ctx.openid,
        type=answers["type"],
        category=answers["category"],
        body=answers.get("facts") or "（见图片）",
        company=answers.get("company"),
        contact=answers.get("contact"),
        phone=answers.get("phone"),
        anonymous=bool(answers.get("anonymous")),
        share_contact=bool(answers.get("share")),
        consent_version=answers["consent"]["version"],
        consent_at=datetime.fromisoformat(answers["consent"]["at"]),
    )


def _is_new(answers: Answers) -> bool:
    return not answers.get("into")


def _is_new_and_agreed(answers: Answers) -> bool:
    return _is_new(answers) and not answers.get("refused")


def _is_open(name: str) -> Callable[[Answers], bool]:
    """Whether a step is still to be asked: one message may have answered it."""
    return lambda answers: not (answers.get("read") and name in answers and CORRECTING not in answers)


FORM = Form(
    "appeal",
    "提诉求",
    (
        Question("type", _ask_type, _take_type, _is_open("type")),
        Question("category", _ask_category, _take_category, _is_open("category")),
        Question("facts", _ask_facts, _take_facts),
        Question("repeat", _ask_repeat, _take_repeat, lambda answers: bool(answers.get("like"))),
        Question("company", _ask_company, _take_company, lambda a: _is_new(a) and _is_open("company")(a)),
        Question("contact", _ask_contact, _take_contact, lambda a: _is_new(a) and _is_open("contact")(a)),
        Question("consent", _ask_consent, _take_consent, _is_new),
        Question("confirm", _ask_confirm, _take_confirm, _is_new_and_agreed),
    ),
    _finish,
    listen=listen,
)


@router.state("appeal", help="诉求填写中")
def fill(ctx: Context) -> Reply:
    return FORM.answer(ctx)
