"""口径说明: how every number is made, in words; for the sheet of the ledger and the page of the statistics. Pure."""

from __future__ import annotations

from bot.statistics.case_sets import RATES

RULES = (
    "时段按北京时间的自然日计算，首尾两天都包括在内。",
    "不予受理、已撤回、已并案的诉求不计入各项率（不予受理率除外）；并案的由主诉求统计，被并诉求的回访各算一次。",
    "每件诉求只算最近一轮回访：同一轮以诉求人自己最近的评价为准，电话回访只用于没有自己评价的；重新办理后是新的一轮，有新的评价后代替前一轮，都保留。登记错的评价由两人更正，台账备注里注明。没有回访结果的，不算满意也不算不满意，不默认好评。",
    "现行时限：批准延期的按延期后的时限。待补充、挂账期间停止计时，时限到来前已停止计时的，不算到期。",
    "办结、重新办理按发生的日期统计：办结后又重新办理的，仍计入当时的办结。",
    "期末在办、期末挂账是时段最后一天结束时的件数；超期是现行时限落在时段内、没有按期办结的件数。",
    "退单率按派单次数统计，一件诉求可以派单几次；分单位时算在被派的单位上。",
    "分母为 0 的写「—」。百分比保留一位小数，四舍五入，括号内是分子和分母。",
    "办理用时：从提出到首次联系、到办结的工作日（不含提出当天）；中位数为居中的一件（偶数件取中间两件的平均），九成用时为九成诉求不超过的天数。",
    "反复出现：同一问题类别、同一街道 30 天内收到 3 件及以上（含并案，不含不予受理和撤回），建议未诉先办。",
    "保密的举报计入统计数字，不在台账和清单中列出。",
    "本办法是本系统自定的计算方法，不是上级考核口径。",
)


def lines() -> list[tuple[str, str]]:
    """Name and words: the formulas first, then the rules."""
    formulas = [(rate.title, rate.words) for rate in RATES.values()]
    return formulas + [(f"说明 {number}", words) for number, words in enumerate(RULES, 1)]
