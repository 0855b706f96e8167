"""Pictures, voice, places, links and videos outside a form: what are they for? One digit or letter files them.

Its verbs are in bot/appeals.
"""

from __future__ import annotations

from bot.appeals import attachments, states
from bot.chat import unfiled
from bot.chat.context import Context
from bot.chat.forms import FORMS
from bot.chat.router import Router
from bot.wechat.replies import Reply, Text, plain
from models.appeals import Appeal, of_appellant, own

router = Router("图片和语音")
ATTACH = "attach:"
CASES = 3  # open cases that are offered


@router.kind("image", help="表外的图片：问是做什么用的，可以附到诉求里")
def picture(ctx: Context) -> Reply:
    row = attachments.note_picture(ctx.db, ctx.services, ctx.message, ctx.now)
    if row is None:
        return Text("这张图片没有收到，请再发一次。要反映问题也可以回复 6 直接用文字写。")
    waiting = attachments.present(ctx.db, ctx.openid, [*(ctx.recalled("pictures") or []), row])
    most = ctx.services.config.appeals.max_attachments
    ctx.remember(pictures=waiting[-most:] if most else None)
    return Text(
        "\n\n".join(
            filter(None, (ctx.library.say("picture"), _count_words(waiting, most), _open_case_letters(ctx)))
        )
    )


def _count_words(waiting: list[int], most: int) -> str:
    if len(waiting) > most:
        return f"一件诉求最多附{most}张，先发的{len(waiting) - most}张不会附上。"
    return f"现在有{len(waiting)}张图片等着附上。" if len(waiting) > 1 else ""


def _open_case_letters(ctx: Context) -> str:
    """A letter for each open case; forgets the letters of an older list."""
    mine = of_appellant(ctx.db, ctx.services.appellant(ctx.openid), 20)
    still_open = [case for case in mine if case.state in states.OPEN][:CASES]
    ctx.remember(list=[f"{ATTACH}{case.number}" for case in still_open] or None)
    lines = [
        f"{letter} 附到 {case.number}（{plain(_shortened(case))}）"
        for letter, case in zip("ABC", still_open, strict=False)
    ]
    return "附到已提交的诉求，回复字母：\n" + "\n".join(lines) if lines else ""


def _shortened(case: Appeal) -> str:
    return case.title if len(case.title) <= 16 else f"{case.title[:15]}…"


@router.intent(f"{ATTACH}*", help="按字母选择：把图片附到已提交的诉求")
def attach(ctx: Context) -> Reply:
    case = own(ctx.db, ctx.services.appellant(ctx.openid), ctx.intent.removeprefix(ATTACH))
    if case is None or case.state not in states.OPEN:
        return Text("这件诉求已经结束，不能再补充。回复 6 提新的诉求，图片会附上；回复「菜单」看全部服务。")
    pictures = attachments.present(ctx.db, ctx.openid, ctx.recalled("pictures") or [])
    if not pictures:
        return Text("图片放得太久，已经清除，请重新发一次，再回复「补充」。")
    ctx.remember(pictures=None)
    known = {"number": case.number, "pictures": pictures}
    return FORMS["supplement"].start(ctx, known, say=f"{len(pictures)}张图片已附上，回复「完成」提交。")


@router.kind("voice", help="没有识别出文字的语音：请打字")
def voice(ctx: Context) -> Reply:
    return Text(ctx.library.say("voice"))


@router.kind("location", help="表外的位置：问是做什么用的，可以写进诉求")
def location(ctx: Context) -> Reply:
    place = ctx.message.location
    if place is None:
        return Text(ctx.library.say("unsupported"))
    where = " ".join(place.label.split())[:100]
    unfiled.keep(ctx, f"位置：{where}（北纬{place.lat:.5f}，东经{place.lon:.5f}）")
    return Text(f"{f'{plain(where)}' if where else '位置'}，收到了。\n{ctx.library.say('location')}")


@router.kind("link", help="表外的链接：问是做什么用的，可以写进诉求")
def link(ctx: Context) -> Reply:
    shared = ctx.message.link
    if shared is None:
        return Text(ctx.library.say("unsupported"))
    unfiled.keep(ctx, f"链接：{shared.title[:100]} {shared.url[:500]}".strip())
    return Text(ctx.library.say("link"))


@router.kind("video", help="表外的视频：请用文字或图片")
def video(ctx: Context) -> Reply:
    return Text(ctx.library.say("video"))


@router.kind("shortvideo", help="表外的小视频：请用文字或图片")
def short_video(ctx: Context) -> Reply:
    return Text(ctx.library.say("video"))
