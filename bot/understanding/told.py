"""What the shape of a sentence tells, whatever words fill it: something that drags on, a plea, a question about a rule.

Words are in content/phrases.toml; here stand only shapes that no list of words can hold. They are found as hits beside
the phrases, so the scores and the comparison with examples both see them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.understanding.spans import Hit

RULE, HEARD, TOLD = "rule", "heard", "told"
_MANY = r"[\d一二两三四五六七八九十几半多百]{1,4}"
_WHILE = (
    rf"(?:{_MANY}个?(?:小时|天|周|星期|礼拜|月|年|季度|次|趟|回|遍)|大?半[天年月]|好久|好几[天次年]|老半天)"
)
_ME = r"(?:我们?|咱们?|俺)(?:[家店厂]|公司|单位|企业)?"

_DRAGS = re.compile(
    rf"(?<![满每第前近]){_WHILE}(?:多|了|都|也|仍然?|还是?|一直)*[^,。!?;满]{{0,4}}(?:不(?!超|满|到|等|低|高于)|没(?!有?超|满)|还在|才给)"
    rf"|(?:拖|卡|压|搁|晾|耗|堵|吵|漏|欠|挡)了?(?:都|快|有|我们?|着)*{_WHILE}|跑了{_WHILE}|{_WHILE}(?:让|叫|要)我们?(?:补|改|跑|重)"
    r"|(?:一直|迟迟|始终|至今|老是?)(?:都|也)?(?:不|没有?)(?!错|超|满)"
    r"|(?:一[分毛块]|半[点毛])(?:钱)?(?:都|也)?没|(?:每次|回回|次次|[几三两四五]次)[^,。!?;]{0,8}(?:不一样|不同|又变|又改)|互相推|来回跑|白跑"
)
_DONE_TO_ME = re.compile(
    rf"(?:把|给){_ME}[^,。!?;]{{0,6}}(?:刷|封|停|下架|锁|拆|赶|扣|拦|关|断|拒|退回|退了?[几一两三四五六多][次回趟遍]|打回|罚|删|除名|踢|砍)"
    r"|被[^,。!?;我]{0,8}(?:退回|打回|驳回|卡[了着住]|拒|刷[了下掉]|下架|封[了店号]|锁[了住死]|踢出|砍掉|搁置)"
    rf"|(?:不让|不许|不准|不给|不肯给|逼着?|催着?){_ME}|(?:要求|通知|让){_ME}[^,。!?;]{{0,6}}(?:搬|腾|拆|关门|停业|走人|停工|滚)"
)
_SUDDEN = re.compile(
    r"突然|忽然|无故|无缘无故|一声不吭|招呼[都也]?不打|临时(?:通知|说|要|改)|前一天(?:晚上)?才|说([\u4e00-\u9fff]{1,3})就(?:不)?\1|说不([\u4e00-\u9fff]{1,3})就不\2"
    r"|来不及|太急|太突然|(?:就|只|才)给(?:了)?(?:我们?)?[\d一二两三几半]{1,2}(?:天|个?小时)|(?:[\d一二两三]天|今天|明天|马上|立刻|当天)(?:之?内|就)(?:要|得|让|拆|搬|停|腾|执行|断)"
    r"|(?:涨|提|降|砍|少|掉|跌|亏|赔|损失|翻)[了到]?[^,。!?;]{0,3}(?:[成倍]|好几|一半|大半|上万|不少)"
)
_OUTCRY = re.compile(
    r"宽限|通融|凭[什啥]么?(?!证|条件)|(?:谁|哪[儿里]?|处|地方)(?:去|能)?[讲说评]理|不讲理|讲道理|有没有天理|什么道理|管不管|有人管|谁来管|没人管|让不让人|往哪[搬去儿]|(?:合理|像话|公平)(?:吗|不|嘛|么)"
    r"|(?:怎么|咋|可怎么|还怎么)(?:活|撑|做生意|开门|熬|经营|营业|干下去)|打水漂|还(?:开|做|干|活)不(?:开|做|干|活)|忽悠人|太冤|明摆着"
)
_PLEA = re.compile(
    r"宽限|通融|缓[几一两]?[天缓下]|延[几一两到]|(?:能|可以|可否|能否)(?:不能|不可以)?[^,。!?;]{0,8}(?:别|快点|早点|晚[点些几]|留|给个|说法|解决|协调|管|一次|少跑|讲清|说清)"
    r"|(?:谁|有人|没人|哪个部门|政府|有没有人)(?:来|能|给)?(?:管|负责管)|管不管|谁来[赔管修]|谁赔|算谁的|找谁(?:说|要|评|解决|讲|申诉|赔|哭|反映)"
    r"|凭[什啥]么?|为[什啥]么?[^,。!?;]{0,4}(?:不|没|老|总|一直|偏)|到底|究竟|(?:什么|啥)时候(?:才|能|是个头|给)|几时能|等到(?:啥|什么|几|哪)|还(?:要|得)(?:等|拖)"
    r"|(?:怎么|咋|可怎么|还怎么)(?:活|过|撑|做生意|开门|还|老|总|又|就|这么|熬|经营|营业)|往哪[搬去儿]|让不让人|(?:合理|像话|讲理|公平|讲道理)(?:吗|不|嘛|么)|怎么回事|咋回事|有这规定|有这么"
)
_RULE_ASKED = re.compile(
    r"(?:哪|什么|啥|有没有|有无|真有|是否有)(?:条|部|个|种|份)?(?:文件|法条|条款|条文|规定|依据|标准|说法)(?!的人)|规定(?:了)?(?:多少|几|最|吗|没有|是|怎)|(?:有|这[种个]?)规定[吗么不没?]|有[什啥]?么?说法[吗没不]|哪[条部](?:写|讲|说|规定)"
    r"|(?:的|有关|怎么)规定$|法律(?:上|规定|责任)|按法律|法定|合不?合法|违不?违法|(?:合法|违法|有效|属实|真的|算数|作数|成立|免责)(?:吗|么|假|不|还是)|算不算(?!数据)|算[^,。!?;]{1,6}吗|(?:担|负|承担)[什啥]么?(?:法律)?责任"
    r"|按[^,。!?;]{1,8}算|怎么(?:算|界定|认定|赔)|默认|要不要(?:[交缴给付签赔补]|[^,。!?;]{0,6}(?:同意|批准|许可|备案|公证|盖章))|有这[条种个](?:法|说法)?[吗么]|哪(?:个|里|儿)?规定|(?:最长|最多|最低|至少|不能超过|不得超过|上限|下限)|有依据|必须(?:要)?[^,。!?;]{0,8}吗|(?:权利|义务)[吗不么]|能不续|应不应该|该不该|需不需要"
)
_PEOPLE = r"朋友|老乡|同学|同行|邻居|亲戚|舅舅|姐夫|表[哥弟姐妹]|隔壁"
_SAID = re.compile(
    rf"听说|听人|听[^,。!?;我]{{1,4}}[说讲]|据说|传言|有人[跟和]?我?[说讲问]|(?:网上|新闻|群里)[^,。!?;]{{0,4}}[说讲看传]|看新闻"
    rf"|(?:人家|别人|大家|我?(?:{_PEOPLE}|会计|财务|律师)|一个|有个)[^,。!?;]{{0,6}}(?:[说讲]|告诉我|想问|想知道)"
)
_SUPPOSED = re.compile(
    rf"(?:{_PEOPLE}|人家|别人)(?:的|家|开的|那)?(?:公司|厂|店|企业|小店)|假如|如果|要是|万一|比如"
)
_SHAPES = (
    ("trouble", 4.5, _DRAGS),
    ("trouble", 4.5, _DONE_TO_ME),
    (TOLD, 1.0, _DRAGS),
    (TOLD, 1.0, _DONE_TO_ME),
    ("trouble", 3.5, _SUDDEN),
    ("trouble", 3.5, _OUTCRY),
    ("wish", 1.0, _OUTCRY),
    ("wish", 1.0, _PLEA),
    (RULE, 1.0, _RULE_ASKED),
    (HEARD, 1.0, _SAID),
    (HEARD, 1.0, _SUPPOSED),
    ("question", 1.0, _SAID),  # whoever passes on a rule wants to know whether it is so
)
# 能干什么 asks what this account is good for only when it, or nobody else, is spoken of: not in 小微企业能干什么.
_ABOUT_USE = re.compile(
    r"(?:能|可以|会)(?:帮我|帮)?(?:干|做|办|帮|什么)|[什啥哪]些?么?(?:服务|用)|^(?:怎么|咋|什么)用|(?:干|做)[什啥么嘛]+的"
)
_ADDRESSED = re.compile(
    r"你|您|这|号|平台|机器人|助手|系统|程序|同心|拾景|工商联|我能|我可以|我想|我该|微信|菜单"
)
_SENTENCE_START = re.compile(r"[,。!?;\n][^,。!?;\n]*$")
_NAMES_NOBODY = 1  # characters before the phrase that can be nobody: 都能干什么, 能干什么


def shapes(text: str) -> Iterator[Hit]:
    """The shapes in a keyed text, as hits whose phrase is what was found."""
    for label, weight, shape in _SHAPES:
        found = shape.search(text)
        if found:
            yield Hit(label, weight, found.group(), found.start(), found.end(), joined=True)


def is_addressed(text: str, hit: Hit) -> bool:
    """Whether a phrase of help asks this account, and not what somebody else can do."""
    if hit.label != "help" or not _ABOUT_USE.search(hit.phrase) or _ADDRESSED.search(hit.phrase):
        return True
    before = text[: hit.start]
    cut = _SENTENCE_START.search(before)
    head = before[cut.start() + 1 :] if cut else before
    return len(head) <= _NAMES_NOBODY or bool(_ADDRESSED.search(text))
