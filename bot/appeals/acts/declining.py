"""不予受理: the nine reasons of domain §2.4, and what the reply says to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.appeals import leak_check, states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Tone
from bot.appeals.fields import Field, area
from bot.appeals.messages import tell
from bot.appeals.wording import written
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeals import Appeal, AppealState


@dataclass(frozen=True)
class Reason:
    """One code. `needs` says what the colleague has to write, when the standing words are not enough."""

    code: str
    label: str
    reply: str
    needs: str | None = None


_ALL = (
    Reason(
        "N1",
        "紧急警情、险情",
        "如遇紧急情况，请立即拨打 110（报警）、119（火警）、120（急救）或 122（交通事故）。",
    ),
    Reason(
        "N2",
        "已进入或应当进入法定途径",
        "这件事已经或应当通过诉讼、仲裁、纪检监察、行政复议或政府信息公开等法定途径处理，请在该途径内提出。",
        "具体是哪个途径、找谁",
    ),
    Reason("N3", "已进入信访程序", "这件事已经在信访程序中办理，请向受理信访的单位查询进展。"),
    Reason(
        "N4",
        "同一事项没有新情况",
        "您反映的事项此前已有诉求，没有新的情况。原诉求的办理情况如下。",
        "原诉求的编号，以及进展或结果",
    ),
    Reason(
        "N5",
        "涉及国家秘密、商业秘密或他人隐私",
        "内容涉及秘密或他人隐私，这里不能办理；请不要在公众号里发送这类内容。",
    ),
    Reason(
        "N6",
        "不在本区或工商联职责范围",
        "这件事不在本区或工商联的职责范围内，可拨打 12345 反映。",
        "可以找哪个部门或渠道",
    ),
    Reason(
        "N7",
        "违法、违背公序良俗或没有实质内容",
        "您提交的内容无法办理。如有具体诉求，欢迎写明事情经过后重新提交。",
    ),
    Reason("N8", "个人事务，与企业经营无关", "这件事属于个人事务，请拨打 12345 反映，会有对口部门办理。"),
    Reason("N9", "其他依法不予受理的情形", "依照规定，这件诉求不予受理。", "不予受理的依据和理由"),
)
REASONS: dict[str, Reason] = {reason.code: reason for reason in _ALL}


def decline(actor: ServiceActor, case: Appeal, code: str, words: str = "") -> None:
    """Do not take the case on, for one of the nine reasons, and say where it belongs."""
    reason = REASONS.get(code)
    if reason is None:
        raise Refused(f"请选不予受理的理由：{'、'.join(f'{r.code} {r.label}' for r in REASONS.values())}。")
    with acting(actor, case, DECLINE):
        said = written(words, reason.needs) if reason.needs else words.strip()
        leak_check.checked(actor.db, case, said)
        case.decline_code = code
        full = "\n".join(part for part in (reason.reply, said) if part)
        event = states.move(
            actor.db,
            case,
            AppealState.DECLINED,
            actor.signature,
            "declined",
            public_text=f"不予受理：{full}",
            code=code,
        )
        tell(
            actor, case, event, f"您的诉求 {case.number} 不予受理。\n{full}\n有新的情况，请回复 6 重新提交。"
        )


def _fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    codes = [
        (code, f"{code}　{one.label}{'（须补充说明）' if one.needs else ''}") for code, one in REASONS.items()
    ]
    hint = "会接在标准答复后面发给诉求人。标了「须补充说明」的理由必须填写。"
    return [
        Field("code", "不予受理的理由", "radio", choices=codes, needed=True),
        area("words", "补充说明", hint, needed=False),
    ]


DECLINE = Act(
    name="decline",
    label="不予受理",
    order=20,
    right=Right.APPEAL_ACCEPT,
    states=frozenset({AppealState.SUBMITTED}),
    form=ActForm(
        tone=Tone.PUBLIC,
        lead="标准答复和补充说明会一起发给诉求人。",
        button="不予受理",
        done="已答复诉求人不予受理。",
        fields=_fields,
        purpose="不予受理",
        box="words",
    ),
    run=lambda actor, case, given: decline(actor, case, given.text("code"), given.text("words")),
    question="不予受理后，这件诉求不再办理，诉求人会马上收到答复。确定不予受理吗？",
    events={"declined": "不予受理"},
)
