"""A whole appeal in one message: «我叫张伟，电话…，公司是…，楼下一直停电». Pure; what is not sure stays empty and is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.appeals import phone_numbers

MOST = 600  # characters that are read
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
_TITLES = "先生|女士|小姐|师傅|会计|经理|大嫂|大姐|大哥|阿姨|老板|主任|店长|总"
_COMPANY_END = "有限责任公司|有限公司|股份公司|集团公司|事务所|工作室|服务部|经营部|门市部|合作社|机械厂|家具厂|工厂|厂|面馆|小吃店|美容店|美发店|馕店|饭店|餐厅|超市|商行|店"
_COMPANY_LABEL = re.compile(
    r"(?:公司|单位|企业|店)(?:名称|全称|名字|名)?\s*(?:是|叫|为|[:：])+\s*([^\s,，。;；、|｜/]{2,40})|(?:店名|全称|名称)\s*[:：]?\s*([^\s,，。;；、|｜/）)]{2,40})"
)
_FULL_NAME = re.compile(
    r"([\u4e00-\u9fffA-Za-z0-9（）()·]{2,30}?(?:有限责任公司|有限公司|股份公司|集团公司|事务所|合作社))"
)
_COMPANY = re.compile(
    rf"(?:^|(?<=[\s,，。;；、|｜/]))([\u4e00-\u9fffA-Za-z0-9（）()·]{{2,30}}?(?:{_COMPANY_END}))(?![\u4e00-\u9fff]{{0,1}}门)"
)
_ENDS = re.compile(
    r"$|[\s,，。;；、|｜/（(）)]|的|人事|会计|店长|经理|老板"
)  # what goes on is about that company
_LEADING = re.compile(
    r"^(?:我们?家?|本人|咱们?|公司名?|单位|叫|是|供职于|在|开的?|的|打给|找|联系人?|我公司|我们公司)+"
)
_NAME_LABEL = re.compile(
    r"(?:我叫|叫我|姓\s*名|名字|联系人|联系|本人|我是|找我|(?:^|(?<=[\s,，;；]))人[:：])\s*(?:是|为|[:：])*\s*([\u4e00-\u9fff]{1,4}(?:·[\u4e00-\u9fff]{1,6})+|[\u4e00-\u9fff]{2,4}?)(?=$|[\s,，。;；、|｜/]|就|电话|手机|北京|公司)"
)
_CALLED = re.compile(r"(?:^|[\s,，])(?:叫|姓)\s*([\u4e00-\u9fff]{2,3})(?=$|[\s,，。;；])")
_TITLED = re.compile(rf"([\u4e00-\u9fff]{{1,2}}(?:{_TITLES}))(?=$|[\s,，。;；、|｜/])")
_DOTTED = re.compile(r"[\u4e00-\u9fff]{1,6}(?:·[\u4e00-\u9fff]{1,6})+")
_DOT = re.compile(r"(?<=[\u4e00-\u9fff])\s?[·・•‧∙⋅]\s?(?=[\u4e00-\u9fff])")
_SPACED_LABEL = re.compile(r"(姓|电|单|内|名)\s+(名|话|位|容|称)(?=\s*:)")
_CUT = re.compile(r"[,，。;；、!！\s|｜/:：]+")
_LABELS = re.compile(
    r"(?:联系)?(?:电话|手机|座机|号码)(?:号码?)?(?:是|为)?|联系(?:人|方式)?|姓名|名字|公司(?:名称?|全称)?(?:是|叫)?|单位(?:名称)?|店名|名称|诉求|问题|事情|情况|内容|提个建议|我叫|叫我|我是|本人|找我|贵方好|你好|您好|麻烦反映|想?(?:要)?投诉|人|就行|都行|或者?|急|是|事|打我?|打给"
)


@dataclass(frozen=True)
class Said:
    """What one message says of an appeal; "" for what it does not say."""

    facts: str
    company: str = ""
    name: str = ""
    phone: str = ""


def read(text: str) -> Said | None:
    """The parts of a message that leaves a phone number and tells a matter; None for any other."""
    line = _DOT.sub("·", phone_numbers.cleaned(text)[:MOST])
    line = _SPACED_LABEL.sub(r"\1\2", line)
    found = phone_numbers.find(line)
    rest = line
    for one in reversed(found):
        rest = f"{rest[: one.start]}，{rest[one.end :]}"
    if not found:
        return None  # a company without a number may be whom it is about
    company, rest = _company(rest)
    name, rest = _name(rest)
    facts = _facts(rest)
    if len(facts) < 4:
        return None
    return Said(facts, company, name, phone_numbers.joined(found))


def _company(line: str) -> tuple[str, str]:
    match = _COMPANY_LABEL.search(line) or _FULL_NAME.search(line) or _COMPANY.search(line)
    if not match:
        return "", line
    named = next(group for group in match.groups() if group)
    inside = _COMPANY.match(named)
    named = inside[1] if inside else named
    at = named.rfind("北京")
    named = named[at:] if at > 0 else _LEADING.sub("", named)
    behind = line[line.find(named) + len(named) :]
    if len(named) < 3 or not _ENDS.match(behind):
        return "", line
    return named, line.replace(named, "，", 1)


def _name(line: str) -> tuple[str, str]:
    for pattern in (_DOTTED, _NAME_LABEL, _CALLED, _TITLED):
        if match := pattern.search(line):
            name = match[match.lastindex or 0]
            if pattern is _DOTTED or name[0] in _SURNAMES or pattern in (_NAME_LABEL, _TITLED):
                return name, line.replace(match[0], "，", 1)
    for piece in _CUT.split(line):
        if 2 <= len(piece) <= 4 and piece[0] in _SURNAMES and re.fullmatch(r"[\u4e00-\u9fff]+", piece):
            return piece, line.replace(piece, "，", 1)
    return "", line


def _facts(line: str) -> str:
    pieces = [piece for piece in re.split(r"[,，。;；\s|｜/]+", line) if piece]
    kept = [_LABELS.sub("", piece, count=1) if _LABELS.match(piece) else piece for piece in pieces]
    told = [piece.strip(":：、") for piece in kept]
    return "，".join(piece for piece in told if len(piece) > 1)
