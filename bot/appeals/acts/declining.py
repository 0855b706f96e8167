"""Why a case is not accepted: the codes of domain §2.4 and what the reply says to each."""

from __future__ import annotations

from dataclasses import dataclass


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
