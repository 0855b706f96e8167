"""The demo's desk: units, colleagues of every role, and cases in every state, made through the desk's own verbs.

Each step is taken at its own hour in the past weeks, so that lights, limits and the timeline look like real work.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals import appellant, deadlines, messages
from bot.appeals.acts import (
    acceptance,
    closing,
    dispatching,
    extending,
    handling,
    holding,
    merging,
    reviewing,
    supervising,
)
from bot.appeals.acts.filing import Filed, file_for
from bot.core import clock
from bot.runtime.services import ServiceActor, Services
from bot.staff import colleagues
from models.appeal_work import AppealMessage, ReplyTemplate
from models.appeals import Appeal, Attachment, MediaState
from models.outgoing import Channel, Delivery, DeliveryState
from models.staff import Role, Staff, StaffNotice, find_staff
from models.units import Unit, find_unit

UNITS = (
    ("区市场监督管理局", "区级部门", "孙科长"),
    ("区人力资源和社会保障局", "区级部门", "吴科长"),
    ("区住房和城市建设委员会", "区级部门", "郑科长"),
    ("区城市管理委员会", "区级部门", "冯科长"),
    ("区税务局", "区级部门", "褚科长"),
    ("鲁谷街道办事处", "街道", "卫主任"),
    ("八角街道办事处", "街道", "蒋主任"),
    ("区餐饮行业商会", "商会", "沈秘书长"),
    ("区工商联会员服务部", "工商联", "韩部长"),
)
PEOPLE = (
    ("小林", Role.CLERK, None),
    ("老赵", Role.DISPATCHER, None),
    ("陈主任", Role.LEADER, None),
    ("周工", Role.ADMIN, None),
    ("钱审计", Role.AUDITOR, None),
    ("孙科长", Role.UNIT, "区市场监督管理局"),
    ("冯科长", Role.UNIT, "区城市管理委员会"),
    ("卫主任", Role.UNIT, "鲁谷街道办事处"),
)
TEMPLATES = (
    ("受理后的答复", "答复", "您好，您反映的问题我们已经核实。处理结果如下：\n\n如还有疑问，请直接回复。"),
    ("政策咨询答复", "答复", "您好，您咨询的政策要点如下：\n一、适用对象：\n二、办理方式：\n三、咨询电话：\n以主管部门最新公布为准。"),
    ("请补充营业信息", "补充", "请补充企业全称、经营地址，以及事情发生的时间和经过，便于我们尽快派给承办单位。"),
    ("建议拨打 12345", "不予受理", "这件事建议拨打 12345，会有对口部门办理。"),
    ("条件尚不具备", "挂账", "这件事目前受客观条件限制，暂时无法解决。我们会定期复核，条件具备时接着办并告诉您。"),
)  # fmt: skip


@dataclass
class Stage:
    """The demo's database, its people, and the hour of each act."""

    db: Session
    services: Services
    today: date
    people: dict[str, Staff] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)

    @contextmanager
    def on(self, days: int, hour: int = 10, minute: int = 0) -> Iterator[None]:
        """The hour of a working day `days` working days ago; never later than now."""
        moment = clock.at(deadlines.later(self.today, -days), hour, minute)
        with clock.frozen(min(moment, self.now - timedelta(minutes=1))):
            yield

    @property
    def now(self) -> datetime:
        """The demo's present moment."""
        return self._now

    def __post_init__(self) -> None:
        self._now = clock.now()

    def actor(self, name: str) -> ServiceActor:
        """A colleague, acting."""
        return ServiceActor(self.db, self.people[name], self.services)


def make(db: Session, services: Services, *, password: str | None = None) -> int:
    """Fill an empty database; how many cases there are new. What is there already stays as it is."""
    stage = Stage(db, services, clock.today())
    _units_and_people(stage, password)
    _templates(db)
    if db.scalar(select(Appeal.id).limit(1)) is not None:
        return 0
    for story in STORIES:
        story(stage)
    _earlier_messages(stage)
    with stage.on(1, 16):
        supervising.notify(services, db, clock.now())
    with stage.on(0, 9, 5):
        supervising.notify(services, db, clock.now())
        supervising.digest(services, db, clock.now())
    _read_earlier_notices(stage)
    return len(list(db.scalars(select(Appeal.id))))


def _units_and_people(stage: Stage, password: str | None) -> None:
    db = stage.db
    for name, kind, contact in UNITS:
        if find_unit(db, name) is None:
            db.add(Unit(name=name, kind=kind, contact=contact, created_at=stage.now))
    db.flush()
    stage.units = {unit.name: unit for unit in db.scalars(select(Unit))}
    for name, role, unit_name in PEOPLE:
        person = find_staff(db, name) or colleagues.add(db, name, role, password=password)
        assert person is not None
        if unit_name:
            person.unit_id, person.unit = stage.units[unit_name].id, stage.units[unit_name]
        stage.people[name] = person
    db.flush()


def _templates(db: Session) -> None:
    known = set(db.scalars(select(ReplyTemplate.title)))
    for place, (title, purpose, body) in enumerate(TEMPLATES):
        if title not in known:
            template = ReplyTemplate(title=title, purpose=purpose, body=body, position=place)
            template.updated_at = clock.now()
            db.add(template)
    db.flush()


def _chat(
    stage: Stage, who: str, type: str, category: str, body: str, company: str | None, **more: object
) -> Appeal:
    """A case as the account files it."""
    openid = f"odemo-{who}"
    filing = appellant.Filing(
        appellant=stage.services.appellant(openid),
        openid=openid,
        type=type,
        category=category,
        body=body,
        company=company,
        contact=str(more.get("contact") or "") or None,
        phone=str(more.get("phone") or "") or None,
        anonymous=bool(more.get("anonymous")),
        share_contact=bool(more.get("share", True)),
        consent_version="2026-01",
        consent_at=clock.now(),
    )
    rules = stage.services.config.appeals
    close = rules.close_of_business.hour, rules.close_of_business.minute
    return appellant.file(
        stage.db, filing, acceptance_days=rules.acceptance_days, close=close, attachments=()
    )


def _new_consultation(stage: Stage) -> None:
    with stage.on(0, 9, 12):
        _chat(
            stage, "a", "咨询", "政策兑现",
            "你好，我们是去年认定的专精特新企业，想问今年的房租补贴什么时候能申报，需要准备哪些材料？",
            "石景山区光合数据科技有限公司", contact="李敏", phone="13810010001",
        )  # fmt: skip


def _waiting_for_facts(stage: Stage) -> None:
    with stage.on(2, 15, 20):
        case = _chat(
            stage, "b", "求助", "融资", "贷款批不下来，请帮忙。", "北京晓月餐饮管理有限公司",
            contact="王建国", phone="13810010002",
        )  # fmt: skip
    with stage.on(1, 9, 40):
        acceptance.ask(stage.actor("小林"), case, "请问是哪家银行、申请多少、对方给的理由是什么？")


def _accepted_urgent(stage: Stage) -> None:
    with stage.on(1, 16, 5):
        case = file_for(
            stage.actor("小林"),
            Filed("电话", "求助", "基础设施（水电气网路）", "厂区从昨晚起停水，生产线已停，联系了物业没有答复，请尽快协调。",
                  company="北京首钢园精工制造有限公司", contact="赵强", phone="13810010003", share_contact=True, street="古城街道"),
        )  # fmt: skip
    with stage.on(0, 9, 10):
        acceptance.accept(
            stage.actor("小林"), case, type="求助", category="基础设施（水电气网路）", urgency="紧急",
            street="古城街道", size="中", membership="会员", industry="制造业",
        )  # fmt: skip


def _dispatched(stage: Stage) -> None:
    with stage.on(2, 10, 30):
        case = _chat(
            stage, "d", "投诉", "执法检查",
            "一个月内被不同部门检查了五次，内容基本一样，每次都要停业半天。希望能合并检查。",
            "北京鲁谷惠民便利店有限公司", contact="欧阳芳", phone="13810010004",
        )  # fmt: skip
    with stage.on(1, 9, 30):
        acceptance.accept(
            stage.actor("小林"), case, type="投诉", category="执法检查", street="鲁谷街道", size="小"
        )
    with stage.on(0, 9, 20):
        dispatching.dispatch(
            stage.actor("老赵"), case, stage.units["区市场监督管理局"], remark="请会同街道核实检查频次。",
            supports=[stage.units["鲁谷街道办事处"]],
        )  # fmt: skip


def _contested(stage: Stage) -> None:
    with stage.on(3, 11):
        case = file_for(
            stage.actor("小林"),
            Filed("走访调研", "求助", "物业与停车", "园区门口路边不让停车，客户来访很不方便，想申请设置临时车位。",
                  company="北京石景创意设计有限公司", contact="陈静", phone="13810010005", share_contact=True,
                  street="八宝山街道", visit_ref="11月走访第3站"),
        )  # fmt: skip
    with stage.on(2, 10):
        acceptance.accept(
            stage.actor("小林"), case, type="求助", category="物业与停车", street="八宝山街道", size="微"
        )
    with stage.on(1, 10):
        dispatching.dispatch(stage.actor("老赵"), case, stage.units["区城市管理委员会"])
    with stage.on(1, 15, 30):
        dispatching.contest(
            stage.actor("冯科长"), case, "道路临时车位由交通部门审批，本单位没有这项职责，建议改派。"
        )


def _in_progress_with_wish(stage: Stage) -> None:
    with stage.on(7, 9, 30):
        case = _chat(
            stage, "f", "求助", "审批许可", "餐饮店换证，窗口说要先改排烟管道，但物业不同意施工，证快到期了。",
            "北京老灶台餐饮有限公司", contact="刘洋", phone="13810010006",
        )  # fmt: skip
        _picture(stage, case)
    with stage.on(6, 10):
        acceptance.accept(
            stage.actor("小林"), case, type="求助", category="审批许可", street="鲁谷街道", size="微",
            chamber="区餐饮行业商会", membership="会员", industry="餐饮业",
        )  # fmt: skip
    with stage.on(6, 14):
        dispatching.dispatch(stage.actor("老赵"), case, stage.units["区市场监督管理局"])
    with stage.on(5, 9):
        handling.sign(stage.actor("孙科长"), case, "小孙")
    with stage.on(5, 11):
        handling.log_contact(stage.actor("孙科长"), case, "电话", "已向店主了解换证要求和物业的意见。")
    with stage.on(4, 10):
        handling.progress(
            stage.actor("孙科长"), case, "已约物业和商户到现场，商量管道的改造方案。", public=True
        )
        handling.note(stage.actor("孙科长"), case, "物业经理态度较硬，需要街道一起出面。")
    with stage.on(4, 15):
        handling.add_support(
            stage.actor("孙科长"), case, stage.units["鲁谷街道办事处"], "请街道出面协调物业配合施工。"
        )
    with stage.on(2, 15):
        extending.ask_extension(
            stage.actor("孙科长"),
            case,
            "管道改造需物业走内部流程，预计还要一周。",
            deadlines.later(stage.today, 6),
        )


def _overdue(stage: Stage) -> None:
    with stage.on(14, 10):
        case = file_for(
            stage.actor("小林"),
            Filed("座谈会", "投诉", "账款拖欠", "给某项目做的弱电工程去年十月验收，尾款 46 万元一直没有付，多次催要无果。",
                  company="北京山水弱电工程有限公司", contact="周斌", phone="13810010007", share_contact=True,
                  street="八角街道", visit_ref="三季度企业家座谈会"),
        )  # fmt: skip
    with stage.on(13, 11):
        acceptance.accept(
            stage.actor("小林"), case, type="投诉", category="账款拖欠", street="八角街道", size="小"
        )
    with stage.on(13, 15):
        dispatching.dispatch(stage.actor("老赵"), case, stage.units["区城市管理委员会"], kind="转办")
    with stage.on(12, 9):
        handling.sign(stage.actor("冯科长"), case)
    with stage.on(10, 9, 30):
        handling.log_contact(stage.actor("冯科长"), case, "面谈", "与企业核对了合同和验收单。")
    with stage.on(6, 9, 30):
        handling.progress(stage.actor("冯科长"), case, "已发函给建设单位，等待书面答复。")


def _on_hold(stage: Stage) -> None:
    with stage.on(12, 14):
        case = _chat(
            stage, "h", "建议", "用地用房", "园区二期一直没有配套食堂，周边也没有餐馆，几百名员工吃饭困难，建议引入社会餐饮。",
            "中关村石景山园某科技有限公司", contact="吴迪", phone="13810010008", share=False,
        )  # fmt: skip
    with stage.on(11, 10):
        acceptance.accept(
            stage.actor("小林"),
            case,
            type="建议",
            category="用地用房",
            difficulty="复杂",
            size="大",
            membership="执常委",
        )
    with stage.on(11, 15):
        dispatching.dispatch(stage.actor("老赵"), case, stage.units["区住房和城市建设委员会"])
    with stage.on(10, 10):
        handling.sign(stage.actor("老赵"), case, "小郑")
        handling.log_contact(stage.actor("老赵"), case, "电话", "由工商联转达，企业不提供电话给承办单位。")
    with stage.on(5, 10):
        holding.hold(
            stage.actor("陈主任"), case, "二期用地性质调整要等规划批复。",
            "二期的用房性质正在调整，批复之前不能开办食堂。", stage.today + timedelta(days=45),
        )  # fmt: skip


def _for_review(stage: Stage) -> None:
    with stage.on(6, 9):
        case = _chat(
            stage, "i", "求助", "用工人才", "想招几名熟练的数控操作工，请问有没有对接的渠道？最好能组织一次招聘会。",
            "北京古城机械配件厂", contact="马超", phone="13810010009",
        )  # fmt: skip
    with stage.on(5, 9):
        acceptance.accept(
            stage.actor("小林"), case, type="求助", category="用工人才", street="古城街道", size="小"
        )
    with stage.on(5, 14):
        dispatching.dispatch(stage.actor("老赵"), case, stage.units["区人力资源和社会保障局"])
    with stage.on(4, 9):
        handling.sign(stage.actor("老赵"), case, "小吴")
        handling.log_contact(stage.actor("老赵"), case, "电话", "了解了岗位、人数和薪资。")
    with stage.on(0, 9, 30):
        handling.hand_in(
            stage.actor("老赵"), case, "已把岗位列入下月专场招聘会，并推荐了三名技校毕业生面试。", "已解决"
        )


def _resolved(stage: Stage) -> None:
    with stage.on(9, 9):
        case = _chat(
            stage, "j", "咨询", "税费社保", "小微企业的社保补贴今年还有吗？到哪里申请？", "北京杨庄五金商行",
            contact="郭丽", phone="13810010010",
        )  # fmt: skip
    with stage.on(8, 9):
        acceptance.accept(stage.actor("小林"), case, type="咨询", category="税费社保", size="个体工商户")
    with stage.on(8, 10):
        acceptance.answer_at_once(
            stage.actor("小林"), case, "您好，社保补贴由区人社局受理，可在区政务服务中心的社保窗口咨询和申请。请以主管部门最新公布为准。"
        )  # fmt: skip


def _closed(stage: Stage) -> None:
    with stage.on(16, 9):
        case = _chat(
            stage, "k", "求助", "基础设施（水电气网路）", "店门口路灯坏了两个多月，晚上客人不敢走，请帮忙修一下。",
            "北京八角红火锅店", contact="高飞", phone="13810010011",
        )  # fmt: skip
    with stage.on(15, 9):
        acceptance.accept(
            stage.actor("小林"),
            case,
            type="求助",
            category="基础设施（水电气网路）",
            street="八角街道",
            size="个体工商户",
        )
    with stage.on(15, 11):
        dispatching.dispatch(stage.actor("老赵"), case, stage.units["区城市管理委员会"])
    with stage.on(14, 9):
        handling.sign(stage.actor("冯科长"), case)
        handling.log_contact(stage.actor("冯科长"), case, "上门", "现场查看，三盏路灯不亮。")
    with stage.on(11, 16):
        handling.hand_in(stage.actor("冯科长"), case, "已更换三盏路灯的灯头和线路，当晚恢复照明。", "已解决")
    with stage.on(10, 9):
        reviewing.approve(
            stage.actor("老赵"), case, "您好，门前三盏路灯已于昨日修好并恢复照明。感谢您的反映。"
        )
    with stage.on(8, 10):
        closing.record_survey(stage.actor("小林"), case, "已解决", "很满意", "修得很快，谢谢。")


def _reopened(stage: Stage) -> None:
    with stage.on(15, 10):
        case = file_for(
            stage.actor("小林"),
            Filed("12345转来", "投诉", "物业与停车", "写字楼物业擅自涨电费，每度加收三毛，多家租户不满。",
                  company="北京银河文化传播有限公司", contact="林娜", phone="13810010012", share_contact=True, street="鲁谷街道"),
        )  # fmt: skip
    with stage.on(14, 10):
        acceptance.accept(
            stage.actor("小林"), case, type="投诉", category="物业与停车", street="鲁谷街道", size="小"
        )
    with stage.on(14, 15):
        dispatching.dispatch(stage.actor("老赵"), case, stage.units["区市场监督管理局"])
    with stage.on(13, 9):
        handling.sign(stage.actor("孙科长"), case)
        handling.log_contact(stage.actor("孙科长"), case, "电话", "了解加价情况。")
    with stage.on(10, 10):
        handling.hand_in(stage.actor("孙科长"), case, "已约谈物业，要求公示电价。", "部分解决")
    with stage.on(9, 10):
        reviewing.send_back(stage.actor("老赵"), case, "没有写清是否停止加收，请补充。")
    with stage.on(8, 10):
        handling.hand_in(stage.actor("孙科长"), case, "物业书面承诺从下月起停止加收。", "已解决")
    with stage.on(7, 10):
        reviewing.approve(stage.actor("老赵"), case, "物业已书面承诺从下月起按规定电价收费，不再加收。")
    with stage.on(5, 10):
        closing.record_survey(stage.actor("小林"), case, "未解决", "不满意", "这个月账单还是加了价。")
    with stage.on(3, 10):
        closing.reopen(stage.actor("小林"), case, "诉求人反映本月账单仍在加收，请继续督促。")
    _merged(stage, case)


def _merged(stage: Stage, master: Appeal) -> None:
    with stage.on(2, 16):
        case = _chat(
            stage, "m", "投诉", "物业与停车", "我们写字楼的物业电费每度加收三毛，租户都不满，请管一管。",
            "北京鲁谷动漫科技有限公司", contact="何军", phone="13810010013",
        )  # fmt: skip
    with stage.on(1, 10):
        merging.merge(stage.actor("小林"), case, master)


def _declined(stage: Stage) -> None:
    with stage.on(4, 10):
        case = _chat(
            stage, "n", "求助", "其他", "家里孩子上学的学区划分有疑问，想请你们帮忙问一下。", None,
            contact="罗平", phone="13810010014",
        )  # fmt: skip
    with stage.on(3, 9):
        acceptance.decline(stage.actor("小林"), case, "N8")


def _withdrawn(stage: Stage) -> None:
    with stage.on(6, 10):
        case = _chat(
            stage, "o", "咨询", "知识产权", "商标被抢注了怎么办？", "北京苹果园文创工作室",
            contact="谢婷", phone="13810010015",
        )  # fmt: skip
    with stage.on(6, 15):
        appellant.withdraw(stage.db, case)


def _confidential(stage: Stage) -> None:
    with stage.on(2, 11):
        case = _chat(
            stage,
            "p",
            "举报",
            "执法检查",
            "有人冒充检查人员到园区向商户收取所谓的咨询费，请查处。",
            None,
            anonymous=True,
            share=False,
        )
    with stage.on(1, 11):
        acceptance.accept(stage.actor("陈主任"), case, type="举报", category="执法检查", urgency="一般")
    with stage.on(1, 14):
        dispatching.dispatch(stage.actor("陈主任"), case, stage.units["区市场监督管理局"], kind="交办")


def _suggestion(stage: Stage) -> None:
    with stage.on(1, 11):
        file_for(
            stage.actor("小林"),
            Filed("商会代报", "建议", "政策兑现", "建议把惠企政策做成一张表，写清对象、金额、时间和联系人，会员看得懂、用得上。",
                  company="区餐饮行业商会", contact="沈秘书长", phone="13810010016", share_contact=True, chamber="区餐饮行业商会"),
        )  # fmt: skip


STORIES: tuple[Callable[[Stage], None], ...] = (
    _closed, _reopened, _overdue, _on_hold, _resolved, _in_progress_with_wish, _for_review, _withdrawn, _declined,
    _contested, _waiting_for_facts, _dispatched, _confidential, _accepted_urgent, _suggestion, _new_consultation,
)  # fmt: skip


def _picture(stage: Stage, case: Appeal) -> None:
    """A picture that came with a case."""
    picture = Image.new("RGB", (960, 640), "#d8dee6")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((120, 240, 840, 560), fill="#9aa7b5")
    pen.rectangle((420, 120, 540, 240), fill="#6b7785")
    pen.line((480, 20, 480, 120), fill="#6b7785", width=24)
    out = io.BytesIO()
    picture.save(out, "JPEG")
    kept = stage.services.storage.keep_picture(out.getvalue())
    stage.db.add(
        Attachment(
            openid=case.openid, appeal_id=case.id, media_id=f"demo-{case.id}", kind="image", path=kept.path,
            state=MediaState.STORED, content_type=kept.content_type, size=len(out.getvalue()),
            not_before=clock.now(), created_at=clock.now(),
        )
    )  # fmt: skip
    stage.db.flush()


def _earlier_messages(stage: Stage) -> None:
    """What the account sent in the past weeks arrived; what had to be told by phone was told, but for the newest."""
    rows = stage.db.scalars(select(Delivery).where(Delivery.recipient.startswith("odemo-")))
    for row in rows:
        row.state, row.channel, row.settled_at = DeliveryState.SENT, Channel.CUSTOM, row.created_at
    waiting = list(messages.untold(stage.db, stage.now))
    for message, case in waiting[:-3]:
        if case.confidential:
            continue
        with clock.frozen(min(message.created_at + timedelta(hours=2), stage.now)):
            messages.tick_told(
                stage.actor("小林"), stage.db.get_one(AppealMessage, message.id), "已打电话告知本人。"
            )


def _read_earlier_notices(stage: Stage) -> None:
    """What was done days ago was read then."""
    yesterday = clock.at(deadlines.later(stage.today, -1), 0)
    for notice in stage.db.scalars(select(StaffNotice).where(StaffNotice.at < yesterday)):
        notice.read_at = notice.at + timedelta(hours=1)
