"""Words said while a form is open that are no answer to it: a way out or back, a correction, a question about the form.

Pure. Who tells what others did («他们说不办了») tells the matter, and leaves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, auto

from bot.understanding.cleaning import clean
from bot.understanding.trouble import asks

LONGEST_MOVE = 18  # characters; more tells something
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


_OTHERS = re.compile(
    r"他们|她们|他说|对方|物业|房东|老板|银行|客户|甲方|乙方|总包|平台|窗口|商场|合作方|经办|单位|部门|街道|城管|工商|税务|领导说|[说让叫].{0,4}我|就[是把]|[,，]结果|结果[系他她对我里]|可[工货我]|都砸|半天"
)
_OUT = re.compile(
    r"不(?:想|要|打算|准备)?(?:再|继续)?(?:填|弄|报|写|搞|整|干|投诉|举报|反映|提|提交|登记|继续|问|说|申请|办)(?:了|啦|吧)|(?:别|甭|不用|不必)(?:填|问|弄|写|说|报)了?"
    r"|算了|算啦|算了吧|放弃|退出|离开|不?[想要]?关掉|关闭|结束吧?$|^停(?:$|吧|下|[,，])|拉倒|改天|下次|回头再|以后再|过后再|晚点再|先这样|先不|等.{0,8}再(?:来|说|填)|^取消(?:$|吧|了|掉|填|这次|提交|诉求|登记)|撤了吧|不用了|没空|没时间|太麻烦"
    r"|^(?:exit|quit|cancel|q)$"
)
_BACK = re.compile(
    r"上一步|上一[个题项]|上个问题|前一[个题项步]|前面那[题个项步]|退回|往回|回上|回去$|返回上"
)
_RESTART = re.compile(
    r"重新(?:填|写|来|开始)|从头|重来|再(?:来|开始|填)一[次遍]|(?:全部|都)(?:清|删)|清空|清掉|重填"
)
_FIELDS = (
    ("contact", r"电话|手机|号码|联系人|联系方式|姓名|名字|称呼"),
    ("company", r"公司|单位名|企业|店名"),
    ("category", r"类别|哪一类|分类"),
    ("type", r"类型"),
    ("facts", r"事情|经过|内容|情况|描述|上一句|最后一句|刚才那句"),
)
_WRONG = r"(?:写|填|选|说|打)?错了?|不对|改|换|重写|删"
_FIX = tuple(
    (name, re.compile(rf"(?:{words})[名字称的]*.{{0,4}}(?:{_WRONG})|(?:{_WRONG}).{{0,4}}(?:{words})"))
    for name, words in _FIELDS
)
_VALUE = re.compile(r"(?:改成|改为|换成|应该是|应是|是)\s*[:：]?\s*(.{2,40})$")
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
    if len(words) <= LONGEST_MOVE and not _OTHERS.search(words) and (aside := _moved(words)):
        return aside
    if len(words) > LONGEST_QUESTION or not (asks(words) or _ASKED.search(words)):
        return None
    about = next((name for name, pattern in _ABOUT if pattern.search(words)), None)
    if about is None or (_OTHERS.search(words) and about not in _OF_THE_PERSON):
        return None
    return Aside(Meant.QUESTION, about)


def _moved(words: str) -> Aside | None:
    field = next((name for name, pattern in _FIX if pattern.search(words)), None)
    if field:
        value = _VALUE.search(words)
        return Aside(Meant.FIX, field, value[1] if value else "")
    for meant, pattern in ((Meant.BACK, _BACK), (Meant.RESTART, _RESTART), (Meant.OUT, _OUT)):
        if pattern.search(words):
            return Aside(meant)
    return None
