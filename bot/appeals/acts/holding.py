"""挂账: a case that cannot be solved now is on hold. The clock stands, and a set day brings it up again (domain §2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from bot.appeals import deadlines, leak_check, states
from bot.appeals.actor import acting, locked_cases
from bot.appeals.acts.act import Act, ActForm, Tone
from bot.appeals.acts.extending import open_extension
from bot.appeals.fields import Field, area, reason_field
from bot.appeals.messages import tell
from bot.appeals.wording import day, when, written
from bot.core import clock
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Right
from models.appeals import Appeal, AppealState

S = AppealState
AT_ONCE = 200  # cases of one run: a transaction stays short
USUAL_DAYS = 30  # what the form proposes


def hold(actor: ServiceActor, case: Appeal, reason: str, told: str, until: date) -> None:
    """Put the case on hold. `reason` is for colleagues, `told` is what the appellant is told."""
    with acting(actor, case, HOLD, reason=reason):
        why = written(reason, "挂账理由")
        said = leak_check.checked(actor.db, case, written(told, "向诉求人的解释"))
        today = clock.today()
        if not today < until <= today + timedelta(days=deadlines.HOLD_MOST_DAYS):
            last = day(today + timedelta(days=deadlines.HOLD_MOST_DAYS))
            raise Refused(f"复核日期应在明天之后、{last}之前（最长 {deadlines.HOLD_MOST_DAYS} 天）。请重选。")
        if open_extension(actor.db, case) is not None:
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


def _hold_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    until = (clock.today() + timedelta(days=USUAL_DAYS)).isoformat()
    return [
        area("told", "对诉求人的解释", "这一段会发给诉求人。", paper=Tone.PUBLIC),
        area("reason", "挂账理由（内部）", "诉求人看不到。", rows=4, paper=Tone.INTERNAL),
        Field("until", "复核日期", "date", "最长 90 天；到期自动恢复办理。", needed=True, value=until),
    ]


HOLD = Act(
    name="hold",
    label="挂账",
    order=160,
    right=Right.APPEAL_HOLD,
    states=frozenset({S.IN_PROGRESS}),
    form=ActForm(
        tone=Tone.PUBLIC,
        lead="目前客观上解决不了的，挂账并定期复核；挂账期间暂停计时。",
        button="挂账并告诉诉求人",
        done="已挂账。",
        fields=_hold_fields,
        purpose="挂账",
        box="told",
    ),
    run=lambda actor, case, given: hold(
        actor, case, given.text("reason"), given.text("told"), given.day("until", "复核日期")
    ),
    events={"held": "挂账"},
)


def resume(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """Go on: the obstacle is gone, or the day has come. The working days that were left are given again."""
    with acting(actor, case, RESUME, reason=reason):
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


RESUME = Act(
    name="resume",
    label="恢复办理",
    order=170,
    right=Right.APPEAL_ACCEPT,
    states=frozenset({S.ON_HOLD}),
    primary_in=frozenset({S.ON_HOLD}),
    primary_while=lambda db, case, by: case.hold_until is not None and case.hold_until <= clock.today(),
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="条件具备了，接着办；剩余的工作日从今天接着算，并告诉诉求人。",
        button="恢复办理",
        done="已恢复办理。",
        fields=[reason_field("恢复办理的理由", "内部：诉求人看不到。")],
    ),
    run=lambda actor, case, given: resume(actor, case, given.text("reason")),
    events={"resumed": "恢复办理"},
)


def resume_due(actor: ServiceActor, moment: datetime) -> None:
    """Take up the cases on hold whose day has come, in working hours."""
    if not deadlines.in_hours(actor.config.appeals, moment):
        return
    today = clock.local(moment).date()
    query = select(Appeal).where(Appeal.state == S.ON_HOLD, Appeal.hold_until <= today)
    for case in locked_cases(actor.db, query.limit(AT_ONCE)):
        resume(actor, case, "复核日期已到")
