"""The long-story rule (domain §7.3 step 6): a person who tells their case at length files an appeal."""

from __future__ import annotations

import re

LONG = 45  # characters

_FIRST_PERSON = re.compile(r"我|咱|俺|本人|本公司|本店|本厂|本企业|敝|鄙人|自己|笔者")
_ADDRESSED = re.compile(
    r"领导|书记|[市县区镇乡局厅处科院校]长|主任|主席|部门|政府|有关|贵[区局单]|尊敬|同志|你们|您"
)
_TOLD = re.compile(
    r"[\d一二两三几多]{1,4}(?:年|个月|天|次|号|元|万|块)|至今|一直|多次|仍|还没|还是|没有|不让|不给|不予|不能|无法|导致|造成|结果|后来|当时|现在|目前|近期|最近|今年|去年|每天|每次"
    r"|投诉|反映|举报|建议|严重|影响|问题|难|希望|请求|恳请|望|解决|处理|查处|整治|监管|强烈|质疑|咨询|想问|请问|维权|合理"
)
_LAST_SENTENCE = re.compile(r"[^。!?;\n]+[。!?;\s]*$")
_ASKS = re.compile(
    r"\?|吗|么[。!?~\s]*$|呢[。!?~\s]*$|怎么|如何|咋|哪[些里个家种儿]|什么|啥|多少|几[个天年月成家]|有没有|有无|能不能|可不可以|能否|可否|是否|是不是|行不行|该不该|要不要|想问|想了解|想咨询|想知道|请教|求解答"
)
_RULE = re.compile(
    r"政策|补贴|补助|奖励|资助|扶持|优惠|支持|减免|退税|税率|缴税|纳税|抵扣|发票|加计|起征|贷款|融资|利率|贴息|担保|信用贷|额度|落户|积分|认定|申报|申领|申请|条件|材料|流程|名额|资格"
    r"|条例|法律|法规|规定|标准|依据|合法|违法|责任|赔偿|仲裁|起诉|诉讼|合同|有效|条款|社保|公积金|知识产权|专利|商标|培训|活动|讲座|招聘|人才|服务|平台|渠道"
)
_GRIEVANCE = re.compile(
    r"至今|一直|多次|屡次|仍然?|还没|迟迟|几年了|凭什么|为什么|为何|何时|何故|这么[高贵少慢难]|太[少高贵慢难]|不合理|不公|不满|到底|究竟|反映|投诉|举报|反应|查处|整治|[盼望](?!京|远)|恳请|恳求|强烈|黑心|欺|骗"
    r"|书记|[市县镇乡]长|老百姓|百姓|叫我们|让我们怎么|谁来|没人管|不作为|推诿|忍|苦|拖着不|拖着没|又拖|拖欠"
)
_MOSTLY_CHINESE = 0.5
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_SHORT_ENOUGH_TO_ASK = 140  # characters; a longer text with a question at its end is still a story


def tells_story(text: str) -> bool:
    """Whether a cleaned text of 45 characters or more tells somebody's own case or addresses somebody with one."""
    if len(text) < LONG:
        return False
    return bool(_FIRST_PERSON.search(text) or _ADDRESSED.search(text) or _TOLD.search(text))


def asks_about_rule(text: str) -> bool:
    """Whether a cleaned text ends in a question about a rule: a policy, a law, a tax, how to apply."""
    if len(text) > _SHORT_ENOUGH_TO_ASK or _GRIEVANCE.search(text):
        return False
    match = _LAST_SENTENCE.search(text)
    last = (match.group() if match else text)[-60:]
    return bool(_ASKS.search(last)) and bool(_RULE.search(last))


def is_long(text: str) -> bool:
    """Whether a cleaned text is so long, and so much of it Chinese, that somebody must have a matter."""
    return len(text) >= LONG and is_mostly_chinese(text)


def is_mostly_chinese(text: str) -> bool:
    """Whether at least half of a cleaned text is Chinese characters."""
    return len(_CHINESE.findall(text)) >= _MOSTLY_CHINESE * max(len(text), 1)
