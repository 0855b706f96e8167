"""挂账: not solvable now. The clock stands, and the case is looked at again on a set day (domain §2.3)."""

from __future__ import annotations

from datetime import date, timedelta

from bot.appeals import deadlines, leak_check, states
from bot.appeals.actor import acting
from bot.appeals.acts import table
from bot.appeals.messages import tell
from bot.appeals.wording import day, when, written
from bot.core import clock
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from models.appeals import Appeal, AppealState

S = AppealState


def hold(actor: ServiceActor, case: Appeal, reason: str, told: str, until: date) -> None:
    """Park the case. `reason` is for colleagues, `told` is what the appellant is told."""
    with acting(actor, case, "hold", reason=reason):
        why = written(reason, "挂账理由")
        said = leak_check.checked(actor.db, case, written(told, "向诉求人的解释"))
        today = clock.today()
        if not today < until <= today + timedelta(days=deadlines.HOLD_MOST_DAYS):
            last = day(today + timedelta(days=deadlines.HOLD_MOST_DAYS))
            raise Refused(f"复核日期应在明天之后、{last}之前（最长 {deadlines.HOLD_MOST_DAYS} 天）。请重选。")
        if table.open_extension(actor.db, case) is not None:
            raise Refused("有一条延期申请还没有批复，请先批复再挂账。")
        case.paused_at, case.hold_until = clock.now(), deadlines.hold_ends(until)
        event = states.move(
            actor.db,
            case,
            S.ON_HOLD,
            actor.signature,
            "held",
            public_text=f"暂时无法解决：{said}（{day(case.hold_until)}前复核）",
            words=why,
            until=case.hold_until.isoformat(),
        )
        inbox.tell_unit(actor.db, case, "held", f"{case.number} 已挂账，{day(case.hold_until)}复核。")
        tell(
            actor,
            case,
            event,
            f"您的诉求 {case.number} 目前因客观原因暂时无法解决：\n{said}\n"
            f"我们会在{day(case.hold_until)}前复核，条件具备时接着办，并告诉您。",
        )


def resume(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """Go on: the obstacle is gone, or the day has come. The working days that were left are given again."""
    with acting(actor, case, "resume", reason=reason):
        why = written(reason, "恢复办理的理由")
        deadlines.go_on(case, clock.now(), actor.config.appeals.close)
        case.hold_until = None
        due = case.due_in_force
        said = f"恢复办理{f'，办理时限{when(due)}' if due else ''}"
        event = states.move(
            actor.db, case, S.IN_PROGRESS, actor.signature, "resumed", public_text=said, words=why
        )
        inbox.tell_unit(actor.db, case, "resumed", f"{case.number} {said}，请接着办。")
        tell(actor, case, event, f"您的诉求 {case.number} 已{said}。回复「查进度」随时可看。")
