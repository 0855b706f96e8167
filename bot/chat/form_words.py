"""Words said while a form is open that are no answer to it: a way out or back, a correction, a question about the form.

Pure. Who tells what others did («他们说不办了») tells the matter, and leaves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, auto

from bot.understanding.cleaning import clean
from bot.understanding.trouble import asks

LONGEST_MOVE = 22  # characters; more tells something
LONGEST_QUESTION = 30


class Meant(StrEnum):
    """What the words are."""

    OUT = auto()
    BACK = auto()
    RESTART = auto()
    FIX = auto()  # `field`, and the new `value` if it was said
    QUESTION = auto()  # `field` says about what


@dataclass(frozen=True)
class Aside:
    """Words that are no answer."""

    meant: Meant
    field: str = ""
    value: str = ""


# What others do or say is told, and so is what one's own firm goes through.
_OTHERS = re.compile(
    r"他们|她们|[他她厂]里?说|对方|物业|房东|老板|银行|客户|甲方|乙方|总包|平台|窗口|商场|合作方|经办|单位|部门|街道|城管|工商|税务|领导说|[说让叫].{0,4}我"
    r"|[,，]结果|不[给退还]|扣[着了]|跑了"
)
_VERB = "填|弄|报|写|搞|整|干|投诉|举报|反映|提|提交|登记|继续|问|说|申请|办"
_FILLER = r"(?:我们?|咱|哎呀|唉|哦|嗯|那|先|就|也|都|还是|真|太|今天|现在|这个|这次|这样|表单?|诉求|填报|吧|了|啦|啊|呀|呢|吗|的|得|来|去|要|想|能不能|可以|请|帮|谢谢|一下|下来)*"
_LEAVES = (
    rf"(?:不|没|没有|懒得|后悔)(?:想|要|打算|准备|心情|用|必|空|时间)?(?:再|继续)?(?:{_VERB})?"
    rf"|(?:别|甭)(?:{_VERB})"
    r"|算|放弃|退出|离开|关掉?|关掉关掉|关闭|结束|停|停下|拉倒|取消|撤|到此为止|到这儿|放着|放下"
    r"|(?:改天|下次|回头|以后|过后|晚点|换个时间|过几天)(?:再)?(?:说|弄|讲|来|填)?|等.{0,8}再(?:来|说|填)|先?这样|太麻烦|exit|quit|cancel|q"
)
_OUT = re.compile(rf"{_FILLER}(?:(?:{_LEAVES}){_FILLER}){{1,3}}")
_UNSAID = frozenset(
    ["不", "没", "没有", "不想", "不要", "不用", "停", "关", "算", "没时间", "没空"]
)  # too little said to leave
_BACK = re.compile(
    rf"{_FILLER}(?:(?:返回|退回|回到?)?(?:上|前)(?:面|一)?(?:一|那)?(?:个|步|题|项|格)?(?:个?问题|步|题|项)?|退回去?(?:一[格步题])?|回去|往回|返回)"
    rf"(?:{_FILLER}(?:重答|重填|重写|改一?下?))?{_FILLER}"
)
_GOES_BACK = re.compile(r"步|题|项|格|问题|回去|往回|前面那|退回")
_PICKED_WRONGLY = re.compile(r"(?:刚才|我)?选错(?:类|类别|类型|了)*(?:回去|退回|返回)")
_RESTART = re.compile(
    rf"{_FILLER}(?:重新|从头)(?:填|写|来|开始|弄)?(?:一[次遍])?{_FILLER}|{_FILLER}重来{_FILLER}(?:一[次遍])?|再(?:来|开始|填|写)一[次遍]{_FILLER}"
    rf"|(?:前面的?)?(?:全部|全都|都)?(?:清空|清掉|清除|删掉)(?:再|重新)?(?:写|填|来)?{_FILLER}|重填"
)
_CLAUSES = re.compile(r"[,，。;；!！?？\s]+")
_FIELDS = (
    ("contact", r"电话|手机|号码|联系人|联系方式|姓名|名字|称呼"),
    ("company", r"公司|单位名|企业|店名"),
    ("category", r"类别|哪一类|分类"),
    ("type", r"类型"),
    ("facts", r"事情|经过|内容|情况|描述|上一句|最后一句|刚才那句"),
)
_WRONG = (
    r"(?:写|填|选|说|打)错了?|错了|不对|改成|改为|改一?下|改改|要改|换成|换一?下|换个|换我|重写|删掉?|再改"
)
_FIX = tuple(
    (name, re.compile(rf"(?:{words})[名字称的]*.{{0,4}}(?:{_WRONG})|(?:{_WRONG}).{{0,2}}(?:{words})"))
    for name, words in _FIELDS
)
LINES = ("type", "category", "facts", "company", "contact")  # of the card, counted from 1
_LINE = re.compile(r"(?:改|第|改第)\s*([1-5一二三四五])\s*(?:行|项|条|个)?(?:不对|错了|要改|改一?下)?")
_VALUE = re.compile(r"(?:改成|改为|换成|应该是|应是)\s*[:：]?\s*(.{2,40})$")
_QUESTIONS = (
    ("anonymous", r"匿名|真名|化名|实名|不留名|(?:不|非得|必须|一定要?).{0,5}(?:名字|公司名|姓名|公司)"),
    ("leak", r"泄|被.{0,6}知道|晓得|知道是我|知道了?怎么办|穿小鞋|报复|公开|保密|安全吗|外传"),
    ("who_sees", r"谁.{0,4}看|[发给]{1,2}谁|发到哪|看[得到见].{0,2}吗|内部|哪些人"),
    (
        "how_long",
        r"(?:多久|几天|多长时间|什么时候|啥时候|何时).{0,8}(?:结果|回[话复]|答复|联系我|办[完好]|处理|受理|有人)|要等|等多",
    ),
    ("progress", r"进度|哪一步|到哪了|编号|没动静|怎么查"),
    ("cost", r"^.{0,8}(?:要钱|收费|花钱|免费|收钱|话费)|不收费|扣话费"),
    ("hours", r"几点|周[末六日天]|下班|上班|节假日|假期|半夜|夜里|晚上"),
    ("human", r"真人|有人吗|打.{0,3}电话.{0,2}[讲说吗]|不会打字|转人工"),
    ("policy", r"规定|政策|法律上|合法|条例|归.{0,8}管"),
)
_ASKED = re.compile(r"谁|[吧么没]$|还是|转人工")
_OF_THE_PERSON = ("anonymous", "leak", "who_sees", "policy")  # what others do matters to these
_ABOUT = tuple((name, re.compile(words)) for name, words in _QUESTIONS)


def read(text: str) -> Aside | None:
    """What the words are besides an answer; None where they may be one."""
    words = clean(text).strip("。.!！~ ,，")
    if len(words) <= LONGEST_MOVE and (aside := _moved(words)):
        return aside
    if len(words) > LONGEST_QUESTION or not (asks(words) or _ASKED.search(words)):
        return None
    about = next((name for name, pattern in _ABOUT if pattern.search(words)), None)
    if about is None or (_OTHERS.search(words) and about not in _OF_THE_PERSON):
        return None
    return Aside(Meant.QUESTION, about)


def _moved(words: str) -> Aside | None:
    """A move is a whole clause: «取消了我的摊位» and «退出加盟不给退钱» tell the matter."""
    if line := _LINE.fullmatch(words):
        return Aside(Meant.FIX, LINES["12345一二三四五".index(line[1]) % 5])
    field = next((name for name, pattern in _FIX if pattern.search(words)), None)
    if field:
        value = _VALUE.search(words)
        is_told = _OTHERS.search(words.replace(value[1], "") if value else words)
        return None if is_told else Aside(Meant.FIX, field, value[1] if value else "")
    if _OTHERS.search(words):
        return None
    clauses = [clause for clause in _CLAUSES.split(words) if clause]
    return next((Aside(meant) for clause in clauses if (meant := _move(clause))), None)


def _move(clause: str) -> Meant | None:
    if _RESTART.fullmatch(clause):
        return Meant.RESTART
    if _PICKED_WRONGLY.fullmatch(clause) or (_BACK.fullmatch(clause) and _GOES_BACK.search(clause)):
        return Meant.BACK
    return Meant.OUT if _OUT.fullmatch(clause) and clause not in _UNSAID else None
