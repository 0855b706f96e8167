"""What the lead unit does: sign, contact, progress, hand in its result; and notes that only colleagues read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.appeals import leak_check, states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Place, Side, Tone
from bot.appeals.acts.dispatches import is_contested, open_dispatch
from bot.appeals.acts.extending import void_open_extension
from bot.appeals.fields import Field, Given, area, choices_of
from bot.appeals.wording import one_of, when, written
from bot.core import clock, workdays
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Right
from models.appeals import RESULT_CLASSES, Appeal, AppealState
from models.staff import Role

S = AppealState
MEANS = ("电话", "上门", "面谈", "微信", "其他")


def sign(actor: ServiceActor, case: Appeal, handler: str | None = None) -> None:
    """The unit takes the case; from now on it leads to the end (首接负责)."""
    with acting(actor, case, SIGN):
        row = open_dispatch(actor.db, case)
        if row is None or is_contested(actor.db, case):
            raise Refused("本单位提出的派单异议还没有裁定，请等派单员裁定后再签收。")
        row.signed_at = case.signed_at = clock.now()
        row.signed_by_id = actor.staff_id
        if handler and handler.strip():
            case.handler = written(handler, "经办人", most=64)
        states.move(
            actor.db, case, S.IN_PROGRESS, actor.signature, "signed", public_text="承办单位已签收，正在办理"
        )


SIGN = Act(
    name="sign",
    label="签收",
    order=90,
    right=Right.APPEAL_HANDLE,
    states=frozenset({S.DISPATCHED}),
    primary_in=frozenset({S.DISPATCHED}),
    form=ActForm(
        tone=Tone.STEP,
        lead="签收后由本单位负责到底（首接负责），请在时限内先联系诉求人。",
        button="签收",
        done="已签收，请尽快联系诉求人。",
        fields=lambda actor, case: [
            Field("handler", "经办人", hint="可不填。", most=64, value=case.handler or "")
        ],
    ),
    run=lambda actor, case, given: sign(actor, case, given.some("handler")),
    side=Side.UNIT,
    fits_rows=lambda db, case: not is_contested(db, case),
    events={"signed": "签收"},
)


def log_contact(
    actor: ServiceActor, case: Appeal, how: str, words: str, *, at: datetime | None = None
) -> None:
    """A real contact by a person. The first one counts, at the time it took place (`at`, by default now)."""
    with acting(actor, case, LOG_CONTACT):
        moment = clock.now()
        took_place = at or moment
        if took_place > moment:
            raise Refused("联系时间不能晚于现在，请核对后重填。")
        if case.dispatched_at is not None and took_place < case.dispatched_at:
            raise Refused(f"联系时间不能早于派单时间（{when(case.dispatched_at)}），请核对后重填。")
        said = written(words, "联系情况")
        first = case.first_contact_at is None
        if case.first_contact_at is None or took_place < case.first_contact_at:
            case.first_contact_at = took_place
        states.record(
            actor.db,
            case,
            actor.signature,
            "contacted",
            case.state,
            public_text=f"承办单位已与您联系（{one_of(how, MEANS, '联系方式')}）" if first else None,
            how=how,
            at=took_place.isoformat(),
            words=said,
        )


def _contact_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    now = f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}"
    return [
        Field("how", "联系方式", "radio", choices=choices_of(MEANS), value="电话", needed=True),
        Field("at", "联系时间", "moment", "按实际联系的时间填写，不能晚于现在。", needed=True, value=now),
        area("words", "联系情况", "内部：诉求人看不到。"),
    ]


def _log_contact(actor: ServiceActor, case: Appeal, given: Given) -> None:
    at, dispatched = given.moment("at", "联系时间"), case.dispatched_at
    if dispatched is not None and at == dispatched.replace(second=0, microsecond=0):
        at = dispatched  # the form knows minutes only: in the minute of the dispatch is not before it
    log_contact(actor, case, given.text("how"), given.text("words"), at=at)


LOG_CONTACT = Act(
    name="log_contact",
    label="登记联系",
    order=100,
    right=Right.APPEAL_HANDLE,
    states=frozenset({S.IN_PROGRESS}),
    primary_in=frozenset({S.IN_PROGRESS}),
    primary_while=lambda db, case, by: case.first_contact_at is None,
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="有人真正联系过诉求人才算；第一次联系的时间计入响应率。",
        button="登记联系",
        done="已登记联系。",
        fields=_contact_fields,
    ),
    run=_log_contact,
    side=Side.UNIT,
    events={"contacted": "联系诉求人"},
)


def progress(actor: ServiceActor, case: Appeal, words: str, *, public: bool = False) -> None:
    """How far it is. `public` shows it on the appellant's progress page too."""
    with acting(actor, case, PROGRESS, public=public):
        said = written(words, "办理进展")
        if public:
            leak_check.checked(actor.db, case, said)
            states.record(actor.db, case, actor.signature, "progressed", case.state, public_text=said)
        else:
            states.record(actor.db, case, actor.signature, "progressed", case.state, words=said)


READERS = [("internal", "内部：只有同事看得到"), ("public", "公开：诉求人在进度页看得到")]
PROGRESS = Act(
    name="progress",
    label="登记进展",
    order=110,
    right=Right.APPEAL_HANDLE,
    states=frozenset({S.IN_PROGRESS}),
    form=ActForm(
        tone=Tone.STEP,
        lead="写清办到哪一步、下一步做什么。请选好给谁看。",
        button="登记进展",
        done="已登记进展。",
        tells=True,
        fields=[
            Field("seen_by", "给谁看", "radio", choices=READERS, value="internal", needed=True),
            area("words", "办理进展"),
        ],
    ),
    run=lambda actor, case, given: progress(
        actor, case, given.text("words"), public=given.text("seen_by") == "public"
    ),
    side=Side.UNIT,
    events={"progressed": "办理进展"},
)


def note(actor: ServiceActor, case: Appeal, words: str) -> None:
    """A line for colleagues only; no way leads from it to the appellant."""
    with acting(actor, case, NOTE):
        states.record(actor.db, case, actor.signature, "noted", case.state, words=written(words, "备注内容"))


NOTE = Act(
    name="note",
    label="内部备注",
    order=300,
    right=Right.APPEAL_READ,
    states=states.OPEN,
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="内部备注只有同事看得到，不会发给诉求人。",
        button="保存内部备注",
        done="已保存内部备注。",
        again="写过同样的备注",
        fields=[area("words", "备注内容")],
    ),
    run=lambda actor, case, given: note(actor, case, given.text("words")),
    side=Side.UNIT,
    place=Place.WRITING,
    link="写内部备注",
    events={"noted": "内部备注"},
)


def hand_in(actor: ServiceActor, case: Appeal, result: str, result_class: str, draft: str = "") -> None:
    """The unit's result goes to the office, which answers the appellant. `draft` is what the unit would answer; the
    result itself is for colleagues."""
    with acting(actor, case, HAND_IN):
        case.result = written(result, "给工商联的说明")
        case.drafted_reply = leak_check.checked(actor.db, case, draft.strip()) or None
        case.result_class = one_of(result_class, RESULT_CLASSES, "结果类别")
        moment = clock.now()
        void_open_extension(actor, case)
        case.handed_in_at = moment
        case.review_due_at = workdays.deadline(
            moment, actor.config.appeals.review_days, actor.config.appeals.close
        ).at
        states.move(
            actor.db,
            case,
            S.PENDING_REVIEW,
            actor.signature,
            "handed_in",
            public_text="承办单位已反馈办理结果，正在审核",
            result_class=result_class,
            words=case.result,
            draft=case.drafted_reply,
        )
        text = f"{case.number} 承办单位已反馈结果，请在{when(case.review_due_at)}前审核。"
        inbox.tell_role(actor.db, Role.DISPATCHER, "handed_in", text, case)


DRAFT_HINT = "工商联以这一段为底稿答复诉求人。请用诉求人看得懂的话，不写内部情况；不填的由工商联起草。"
HAND_IN = Act(
    name="hand_in",
    label="反馈办理结果",
    order=180,
    right=Right.APPEAL_HANDLE,
    states=frozenset({S.IN_PROGRESS}),
    primary_in=frozenset({S.IN_PROGRESS}),
    form=ActForm(
        tone=Tone.STEP,
        lead="反馈后由工商联审核，审核通过才答复诉求人。两栏各写各的：一栏给诉求人，一栏给工商联。",
        button="提交审核",
        done="已提交审核。",
        fields=[
            Field("result_class", "结果类别", "radio", choices=choices_of(RESULT_CLASSES), needed=True),
            area("draft", "拟答复诉求人", DRAFT_HINT, needed=False, paper=Tone.PUBLIC),
            area(
                "result",
                "给工商联的说明",
                "内部：怎么办的、依据是什么、还有什么问题。诉求人看不到。",
                paper=Tone.INTERNAL,
            ),
        ],
    ),
    run=lambda actor, case, given: hand_in(
        actor, case, given.text("result"), given.text("result_class"), given.text("draft")
    ),
    side=Side.UNIT,
    events={"handed_in": "反馈办理结果"},
)
