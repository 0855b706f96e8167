"""Every way to type the same words becomes one: widths, scripts, invisible characters, emoji, spaces."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

LONGEST = 20_000  # characters of a message that are looked at; WeChat itself sends at most 2,048 bytes

# WeChat puts its own faces into texts as [微笑] or /:wow; any other bracket is what the person wrote.
_FACES = """微笑 撇嘴 色 发呆 得意 流泪 害羞 闭嘴 睡 大哭 尴尬 发怒 调皮 呲牙 惊讶 难过 酷 冷汗 抓狂 吐 偷笑 愉快 可爱 白眼 傲慢 饥饿
困 惊恐 流汗 憨笑 悠闲 大兵 奋斗 咒骂 疑问 嘘 晕 疯了 折磨 衰 骷髅 敲打 再见 擦汗 抠鼻 鼓掌 糗大了 坏笑 左哼哼 右哼哼 哈欠 鄙视 委屈
快哭了 阴险 亲亲 吓 可怜 菜刀 西瓜 啤酒 篮球 乒乓 咖啡 饭 猪头 玫瑰 凋谢 嘴唇 示爱 爱心 心碎 蛋糕 闪电 炸弹 刀 足球 瓢虫 便便 月亮
太阳 礼物 拥抱 强 弱 握手 胜利 抱拳 勾引 拳头 差劲 爱你 no ok 爱情 飞吻 跳跳 发抖 怄火 转圈 磕头 回头 跳绳 投降 激动 乱舞 献吻
左太极 右太极 捂脸 嘿哈 奸笑 机智 皱眉 耶 红包 鸡 加油 加油加油 汗 天啊 社会社会 旺柴 好的 打脸 哇 翻白眼 666 让我看看 叹气 苦涩 裂开
合十 發 福 庆祝 吃瓜 生病 破涕为笑 脸红 恐惧 失望 无语 嘴唇 smile grimace drool scowl coolguy sob shy silent sleep cry awkward angry
tongue grin surprise frown thumbsup thumbsdown rose heart ok_hand facepalm smirk smart hey yeah salute blush bye clap"""
FACE = re.compile(
    r"\[(?:" + "|".join(sorted(map(re.escape, _FACES.split()), key=len, reverse=True)) + r")\]", re.I
)
SLASH_FACE = re.compile(
    r"/::[)~B|<$XZ'(@PDOQTgd!L>*+-]|/::,@|/:[,8@?!&x<>#%$()'|\[\]@bvY*-][-|Z@)D|()@>!*&]{0,2}"
    r"|/:(?:wow|bye|wipe|dig|handclap|kiss|showlove|cake|li|bome|kn|footb|ladybug|shit|moon|sun|gift|hug|share|strong|weak"
    r"|lvu|bad|no|ok|love|heart|break|rose|fade|pig|coffee|eat|beer|basketb|oo|jump|shake|circle|kotow|turn|skip|oy|pd)"
)
_TYPED_BEFORE_FOLDING = str.maketrans(
    {**dict.fromkeys("üÜǖǕǘǗǚǙǜǛ", "v"), **{chr(0x2160 + i): str(i + 1) for i in range(9)}}
    | {chr(0x2170 + i): str(i + 1) for i in range(9)}
)
_SPACES = re.compile(r"\s+")
_SPACE_AT_HAN = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_REPEATED_MARK = re.compile(r"([^\w\s])\1+")
_TABLE_LIMIT = 60_000  # a message made of every character there is must not fill the memory


class _Folded(dict[int, str]):
    """What becomes of one code point; worked out when first seen, then looked up."""

    def __missing__(self, code: int) -> str:
        char = _fold(chr(code))
        if len(self) < _TABLE_LIMIT:
            self[code] = char
        return char


def _fold(char: str) -> str:
    category = unicodedata.category(char)
    if char.isspace() or category == "Cc":
        return " "
    if category in ("Mn", "Me", "Cf", "Cs", "Co", "Cn", "So", "Sk"):
        return ""
    digit = unicodedata.digit(char, None) if category in ("Nd", "No") else None
    return char if digit is None else str(digit)


_folded = _Folded()


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")  # its convert() only reads, so threads may share it


def clean(text: str) -> str:
    """The text for matching, with its punctuation: one width, simplified, lower case, single spaces.

    Characters that cannot be seen, emoji and WeChat's face codes are gone; only the first 20,000 count.
    """
    words = SLASH_FACE.sub("", FACE.sub("", text[:LONGEST])).translate(_TYPED_BEFORE_FOLDING)
    words = unicodedata.normalize("NFKD", words).translate(_folded)
    words = unicodedata.normalize("NFC", words)[:LONGEST].lower()
    words = _converter().convert(words)
    words = _SPACES.sub(" ", words).strip()
    return _REPEATED_MARK.sub(r"\1", _SPACE_AT_HAN.sub("", words))
