"""Present danger to people, and words of self-harm: they are answered before anything else (domain §7.3)."""

from __future__ import annotations

import re
from typing import Literal

from bot.understanding.cleaning import clean

Danger = Literal["emergency", "self_harm"]
_LOOKED_AT = 400  # characters; a person in danger does not write more before saying so
_CALM_FROM = 60  # a longer text is a report, not a cry, unless it says that it is happening

_DANGER = re.compile(
    r"(?:着|起|失)(?:大|小)?火|火灾|着了火|烧起来|爆炸|快救火|救火"
    r"|(?:煤气|燃气|天然气|液化气|瓦斯|毒气|氨气|氯气|气罐).{0,6}(?:泄漏|泄露|漏了|漏气|在漏|味|中毒|爆)"
    r"|(?:泄漏|泄露)(?:的)?(?:煤气|燃气|天然气)"
    r"|触电|(?:被|漏).{0,3}电(?:击|倒|晕|死|伤|了|到)|电(?:倒|晕|伤)(?:了)?人"
    r"|(?:楼|房|墙|脚手架|塔吊|屋顶|房顶|棚|地面|路面|基坑|工地|吊顶|天花板|厂房|桥|井|山).{0,6}(?:塌了|塌陷|倒塌|坍塌|垮塌|垮了|塌方|要塌|快塌|倒了|塌下)"
    r"|(?:倒塌|坍塌|垮塌|塌方|塌)了"
    r"|(?:进水|被淹|淹了|淹水|洪水|大水|山洪|积水|内涝|水漫).{0,14}(?:被困|困住|困在|出不[来去]|人在里|还有.{0,4}人|有人|救)"
    r"|(?:被困|困住|困在|困了).{0,10}(?:水|洪|电梯|火|里面|楼|地下|井|库)|(?:电梯|地下室|地下车库|水里|洪水|楼里|火场|里面).{0,8}(?:被困|困住|困了|困人|有人出不来)"
    r"|(?:车祸|撞车|撞人|撞了|撞到|撞上|追尾|翻车|被车).{0,14}(?:受伤|伤|流血|出血|昏迷|死|不动|压|危险|严重|起不来)|(?:受伤|昏迷|流血).{0,8}车祸|出车祸了|(?:刚|正|门口|路口|这里|现在).{0,6}车祸"
    r"|有人.{0,4}(?:晕倒|昏倒|昏迷|溺水|落水|中毒|坠楼|跳楼|跳河|触电|心梗|没呼吸|不省人事|被砸|被埋|被压|受重伤|大出血|掉.{0,3}(?:河|水|井))"
    r"|(?:工人|员工|同事|老人|孩子|小孩|客人|顾客).{0,6}(?:晕倒了|昏倒|昏迷|溺水|落水|中毒|坠楼|跳楼|没呼吸|不省人事|被砸|被埋|被压|摔下来|掉下来|大出血|心脏病发|掉.{0,3}(?:河|水|井|坑))"
    r"|有人.{0,6}(?:持刀|拿刀|砍人|捅人|抢劫|绑架|行凶|放火|打人|打架|斗殴|砸店)|(?:正在|现在|拿刀|持刀).{0,6}(?:砍人|捅人|抢劫|行凶|打人|打我|砍)"
    r"|(?:被|正).{0,4}(?:抢劫|绑架|追杀)|救命(?!稻草|钱|药|恩|之)"
    r"|\bfire\b.{0,12}(?:help|now|building|office|shop)|(?:office|shop|building|factory|house) (?:is )?on fire|there is a fire|gas leak|call (?:the )?(?:police|ambulance)"
)
_OVER = re.compile(
    r"去年|前年|上个?月|上周|上次|上回|前几天|前些|以前|之前|曾经|昨[天晚日]|前天|当年|那年|那次|往年|历史|早年|\d年|\d月|今年|近年|多次|经常|老是|总是|时常|屡次|几次|年初|年底|月初"
    r"|已经?(?:扑灭|灭了|处理|解决|修好|没事)|扑灭|后续|善后|灾后|事后|过后|以后|之后|险些|差点"
)
_NOT_NOW = re.compile(
    r"政策|条例|规定|保护器|检测|要求|办法|标准|法规|法律|防火|消防(?!车|队|员|快|救)|保险|理赔|索赔|赔偿|赔不赔|谁赔|工伤|算谁|补偿|补贴|演练|演习|预防|预案|隐患|责任|培训|讲座|知识|宣传|证书|检查|验收|整改|报警器|探测器|灭火器"
    r"|防(?:止|范|爆|灾|汛|洪|触|漏)|避免|如果|万一|要是|假如|假设|怕|担心|会不会|容易|可能|危险性|风险|投诉|举报|建议|申请|反映|希望|材料|设计|案件|案例|新闻|听说|视频|电影|小说|电视|游戏|歌|演唱|梦"
    r"|股市|股票|股价|楼市|房价|行情|市场|经济|币|心态|情绪|人设|资金链|生意|业绩|销量|爆火|走火入|着火点|火爆|火锅|火车|爆炸(?:头|性|式|糖)|信息爆炸|知识爆炸|救命(?:稻草|钱|药|恩|啊?(?:好|太|笑|哈))|救火队|笑"
)
_NOW = re.compile(
    r"现在|正在|正[着起冒]|快来|快救|救命(?!稻草|钱|药|恩|之)|马上来|赶紧来|赶快来|速来|里面还有人|还有人在|有人被困|出不来|刚刚|刚才|此刻|这会儿|打119|打120|打110|怎么(?:办|报警|逃)"
)
_ALREADY_PAST = re.compile(
    r"去年|前年|上个?月|上周|上次|以前|曾经|当年|那年|那次|往年|历史|已经?(?:扑灭|灭了)|差点|险些|演练|演习|电影|小说|电视剧|游戏|梦见|梦到|股|楼市|笑"
)

# A whole message that is itself a cry for help.
_CALL = re.compile(
    r"(?:拨?打|快打|呼叫|叫|请打)?(?:119|110|120|122)[!。\s]*|.{0,4}(?:电死人|地震了|有人打我|我被打了|被人打了|有人中暑|中暑了|中暑晕倒).{0,6}"
    r"|(?:emergency|fire|help)[\s!]*(?:fire|emergency|police|ambulance)[\s!]*|sos[!\s]*"
)

_SELF = re.compile(
    r"不想活|想死(?!你|我|他|她|它|你们|机)|想去死|去死算|死了算|死了一了|不如死|活不下去|活着(?:真|好|还|也|就)?(?:没意思|没劲|没意义|没什么意思|太累|有什么意思|干什么|干嘛|没有意义)"
    r"|自杀|自尽|轻生|寻短见|跳楼|跳河|跳江|跳桥|割腕|上吊|吞药|喝农药|喝药自|烧炭|了结(?:自己|生命|余生|这一生)|结束(?:自己的?)?(?:生命|这一生)|结束自己|写(?:好)?(?:了)?遗书"
    r"|离开(?:这个)?世界|不想(?:再)?活|没有活(?:下去)?的|活够了|伤害自己|自残|生不如死|一死了之|以死"
    r"|kill myself|suicide|want to die|end my life|don'?t want to live"
)
_NOT_SELF = re.compile(
    r"跳楼(?:价|甩|大|促|机)|自杀式|(?:公司|企业|店|厂|行业|生意|商户|餐馆|工厂|铺子|作坊|小微|商家).{0,8}(?:活不下去|不想活|生不如死)|预防自杀|防自杀|自杀(?:小队|率|事件|干预热线是|新闻)|不想死|谁想死|寻死觅活"
    r"|电影|小说|游戏|歌词|(?:累|热|笑|饿|困|渴|冷|烦|气|急|疼|痛|忙|吓|愁|美|爽|馋)死"
)
_OTHERS_JUMP = re.compile(
    r"(?:有人|他|她|工人|员工|农民工|老板|同事|邻居|人家).{0,6}(?:要|想|准备|闹|正)?.{0,2}跳(?:楼|河|江|桥)"
)


def emergency(text: str) -> Danger | None:
    """Whether somebody is in danger now, or speaks of ending their own life; None for everything else.

    What is over, feared, insured or only a figure of speech is no emergency. When in doubt about a life it is.
    """
    words = clean(text[: 2 * _LOOKED_AT])[:_LOOKED_AT]
    if not words:
        return None
    if _CALL.fullmatch(words):
        return "emergency"
    if _harms_self(words):
        return "self_harm"
    return "emergency" if _in_danger(words) else None


def _harms_self(words: str) -> bool:
    return bool(_SELF.search(words)) and not _NOT_SELF.search(words) and not _OTHERS_JUMP.search(words)


def _in_danger(words: str) -> bool:
    if not _DANGER.search(words):
        return False
    if _NOW.search(words):
        return not _ALREADY_PAST.search(words) and len(words) <= 2 * _CALM_FROM
    return len(words) <= _CALM_FROM and not _OVER.search(words) and not _NOT_NOW.search(words)
