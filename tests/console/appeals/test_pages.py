"""What the desk's pages show, to whom, and what stays hidden."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from sqlalchemy import select

from bot.core import clock
from bot.core.db import transaction
from models.appeal_work import AppealMessage
from models.appeals import AppealState, Attachment, MediaState
from models.audit import AuditEntry
from tests.console.appeals.hands import Desk
from tests.console.visitor import Console
from tests.support.office import Office, dispatch

pytestmark = pytest.mark.usefixtures("monday")
S = AppealState
HOSTILE = '<script>alert(1)</script>=HYPERLINK("http://x","点")\u202e反转\u200b零宽\x07响铃{{ 7*7 }}<img src=x onerror=alert(2)>'


@pytest.fixture
def desk(console: Console) -> Desk:
    return Desk(console)


@pytest.fixture
def office(console: Console) -> Office:
    return console.office


def test_stored_text_shows_harmlessly_everywhere(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS, body=HOSTILE, company=HOSTILE[:60], contact=HOSTILE[:30])
    desk.does("unit", number, "note", words=HOSTILE)
    desk.does("unit", number, "progress", seen_by="public", words=f"公开：{HOSTILE}")
    desk.does("leader", number, "supervise", level="one", cause=HOSTILE[:100])
    pages = {
        "case": desk.page("dispatcher", number),
        "unit's": desk.page("unit", number),
        "act": desk.console.at("dispatcher").get(f"/console/appeals/{number}/do/note"),
        "list": desk.console.at("dispatcher").get("/console/appeals?tab=all&cols=title&cols=company&cols=contact"),
        "search": desk.console.at("dispatcher").get(f"/console/appeals?tab=all&text={HOSTILE[:40]}"),
        "inbox": desk.console.at("unit").get("/console/notices"),
        "papers": desk.console.at("dispatcher").get("/console/supervisions"),
        "duplicates": desk.console.at("dispatcher").get(f"/console/appeals/{number}/duplicates"),
    }  # fmt: skip
    for name, page in pages.items():
        assert "<script>alert" not in page.text, name
        assert "<img src=x" not in page.text, name
        assert "49" not in re.findall(r"响铃(.{0,4})", page.text), name
    assert "⟨强制从右到左⟩" in pages["case"].text
    assert "⟨零宽空格⟩" in pages["case"].text
    assert "\u202e" not in pages["case"].text
    assert "\u202e" not in pages["list"].text


def test_ten_thousand_characters_are_shown_whole(desk: Desk, office: Office) -> None:
    body = "长" * 9999 + "尾"
    number = office.file(body=body)
    assert body in desk.page("clerk", number).text


def test_notes_and_replies_cannot_be_confused(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    clerk = desk.console.at("clerk")
    note = clerk.get(f"/console/appeals/{number}/do/note").text
    reply = clerk.get(f"/console/appeals/{number}/do/reply").text
    assert "tone-internal" in note
    assert "诉求人看不到" in note
    assert "发给诉求人</button>" not in note
    assert "tone-public" in reply
    assert "会发给诉求人" in reply
    told = len(office.messages(number))
    desk.does("clerk", number, "note", words="这家企业去年已经来过两次，负责人脾气急。")
    assert len(office.messages(number)) == told, "a note goes to nobody"
    desk.does("clerk", number, "reply", words="我们正在联系银行。")
    assert "我们正在联系银行。" in office.messages(number)[-1].text
    page = desk.page("unit", number).text
    internal = re.findall(
        r'said-internal">\s*<span class="said-label">内部</span>\s*<div[^>]*>(.*?)</div>', page, re.DOTALL
    )
    public = re.findall(
        r'said-public">\s*<span class="said-label">对诉求人</span>\s*<div[^>]*>(.*?)</div>', page, re.DOTALL
    )
    assert "这家企业去年已经来过两次，负责人脾气急。" in internal
    assert "这家企业去年已经来过两次，负责人脾气急。" not in public
    assert "我们正在联系银行。" in public
    page2 = desk.does(
        "clerk", number, "reply", status=422, words="您好：这家企业去年已经来过两次，负责人脾气急。，请知悉"
    )
    assert "内部" in page2.words, "an answer does not carry a note over"


def test_contacts_are_masked_and_seen_whole_only_for_a_reason(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS, contact="欧阳小明", phone="13812345678")
    for page in (desk.page("clerk", number), desk.console.at("clerk").get("/console/appeals?tab=all")):
        assert "138****5678" in page.text
        assert "欧阳**" in page.text
        assert "13812345678" not in page.text
    clerk = desk.console.at("clerk")
    clerk.get(f"/console/appeals/{number}/contact")
    assert clerk.send(f"/console/appeals/{number}/contact", reason=" ").status in (200, 422)
    looked = select(AuditEntry).where(
        AuditEntry.action == "appeal.unmask", AuditEntry.subject_id == office.case(number).id
    )
    assert office.rows(looked) == []
    page = clerk.send(f"/console/appeals/{number}/contact", reason="电话告知办理结果")
    assert "13812345678" in page.text
    rows = office.rows(looked)
    assert [row.reason for row in rows] == ["电话告知办理结果"]
    assert "13812345678" not in str(rows[0].detail)
    assert "13812345678" not in clerk.get(f"/console/appeals/{number}/contact").text, "shown once"
    desk.console.at("unit").get(f"/console/appeals/{number}/contact", status=403)
    desk.console.at("auditor").get(f"/console/appeals/{number}/contact", status=403)


def test_a_unit_sees_a_contact_only_when_the_appellant_agreed(desk: Desk, office: Office) -> None:
    shared = office.led_to(S.IN_PROGRESS, phone="13800001111")
    kept = office.led_to(S.IN_PROGRESS, phone="13800002222", share_contact=False)
    hidden = office.led_to(S.IN_PROGRESS, phone="13800003333", anonymous=True)
    assert "13800001111" in desk.page("unit", shared).text
    for number, tail in ((kept, "2222"), (hidden, "3333")):
        assert tail not in desk.page("unit", number).text
        listed = desk.console.at("unit").get(f"/console/appeals?tab=all&text={tail}").text
        assert f"/appeals/{number}" not in listed, "nor can it be found by the phone"
    found = desk.console.at("clerk").get("/console/appeals?tab=all&text=2222").text
    assert f"/appeals/{kept}" in found


def test_the_auditor_sees_no_case(desk: Desk, office: Office) -> None:
    number = office.file()
    desk.console.at("auditor").get(f"/console/appeals/{number}", status=403)
    desk.console.at("admin").get("/console/appeals", status=403)


def test_filters_sorting_and_views_live_in_the_address(desk: Desk, office: Office) -> None:
    number = office.led_to(S.DISPATCHED, company="北京独一无二公司", type="投诉", category="知识产权")
    clerk = desk.console.at("clerk")

    def listed(query: str) -> list[str]:
        return re.findall(r'href="/console/appeals/(SQ\d{11})"', clerk.get(f"/console/appeals?{query}").text)

    case = office.case(number)
    assert listed(f"tab=all&text={number.lower()[:2]}%20{number[2:6]}%20{number[6:]}") == [number]
    assert listed("tab=all&text=独一无二") == [number]
    assert number in listed("tab=all&state=dispatched&size=100")
    assert number not in listed("tab=all&state=closed&size=100")
    assert number in listed(
        f"tab=all&type=投诉&category=知识产权&unit={case.unit_id}&channel=公众号&urgency=一般"
    )
    assert number not in listed("tab=all&type=建议&size=100")
    assert number in listed("tab=all&from=2026-11-23&to=2026-11-23&size=100")
    assert listed("tab=all&from=2026-11-24") == []
    assert listed("tab=late") == []
    assert number in listed("tab=all&light=yellow&size=100")
    ordered = listed("tab=all&sort=number&size=100")
    assert ordered == sorted(ordered)
    page = clerk.get("/console/appeals?tab=all&cols=number&cols=street")
    assert "所属街道<span" in page.text
    clerk.post("/console/views", name="投诉", back="/console/appeals?tab=all&type=投诉")
    assert ">投诉</bdi></a>" in clerk.get("/console/appeals?tab=all").text
    assert ">投诉</bdi></a>" not in desk.console.at("dispatcher").get("/console/appeals?tab=all").text


def test_everybodys_first_tab_is_what_waits_for_them(desk: Desk, office: Office) -> None:
    new, accepted, review = (office.led_to(state) for state in (S.SUBMITTED, S.ACCEPTED, S.PENDING_REVIEW))
    signed = office.led_to(S.IN_PROGRESS)

    def mine(who: str) -> str:
        return desk.console.at(who).get("/console/appeals?tab=mine&size=100").text

    assert f"/appeals/{new}" in mine("clerk")
    assert f"/appeals/{new}" not in mine("dispatcher")
    assert f"/appeals/{accepted}" in mine("dispatcher")
    assert f"/appeals/{review}" in mine("dispatcher")
    assert f"/appeals/{signed}" in mine("unit")
    assert f"/appeals/{signed}" not in mine("other")


def test_the_dashboards_numbers_lead_to_lists_of_as_many_cases(desk: Desk, office: Office) -> None:
    for who in ("clerk", "dispatcher", "leader", "unit"):
        home = desk.console.at(who).get("/console/").text
        cards = re.findall(r'<a href="(/console/appeals[^"]*)"><span[^>]*>([^<]*)</span><b>(\d+)</b>', home)
        assert cards, who
        for link, title, number in cards:
            page = desk.console.at(who).get(link.replace("&amp;", "&"))
            total = re.search(r"共 <b>(\d+)</b>", page.text)
            assert total, title
            assert total[1] == number, title


def test_what_is_promised_at_acceptance_waits_on_the_dispatchers_home_page(
    desk: Desk, office: Office
) -> None:
    def to_dispatch() -> int:
        found = re.search(r"待派单 (\d+)", desk.console.at("dispatcher").get("/console/").words)
        assert found
        return int(found[1])

    before = to_dispatch()
    number = office.led_to(S.ACCEPTED)
    assert "我们会尽快派给承办单位，派出后告诉您办理时限" in office.messages(number)[-1].text
    assert to_dispatch() == before + 1
    dispatch(office, number)
    assert "办理时限" in office.messages(number)[-1].text
    assert to_dispatch() == before


def test_pictures_lose_their_place_and_are_for_those_who_see_the_case(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    exif = Image.Exif()
    exif[0x010F] = "相机"
    exif.get_ifd(0x8825)[1] = "N"
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, "JPEG", exif=exif)
    kept = office.services.storage.keep_picture(data.getvalue())
    with transaction(office.services.engine) as db:
        row = Attachment(
            openid="o", appeal_id=office.case(number).id, media_id=f"m-{number}", kind="image", state=MediaState.STORED,
            path=kept.path, content_type=kept.content_type, size=1, not_before=clock.now(), created_at=clock.now(),
        )  # fmt: skip
        db.add(row)
        db.flush()
        address = f"/console/appeals/{number}/files/{row.id}"
    assert address in desk.page("unit", number).text
    answer = desk.console.at("unit").client.get(address)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert not Image.open(io.BytesIO(answer.data)).getexif()
    desk.console.at("other").get(address, status=404)
    other = office.file()
    desk.console.at("clerk").get(address.replace(number, other), status=404)


def test_the_picture_as_sent_is_for_those_who_may_see_the_contact_and_say_why(
    desk: Desk, office: Office
) -> None:
    number = office.led_to(S.IN_PROGRESS)
    sent = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40  # no viewer of ours can open it
    kept = office.services.storage.keep_picture(sent)
    with transaction(office.services.engine) as db:
        row = Attachment(
            openid="o", appeal_id=office.case(number).id, media_id=f"m-{number}", kind="image", state=MediaState.STORED,
            path=kept.path, content_type=kept.content_type, detail=kept.trouble, not_before=clock.now(),
            created_at=clock.now(),
        )  # fmt: skip
        db.add(row)
        db.flush()
        address = f"/console/appeals/{number}/files/{row.id}/original"
    page = desk.page("clerk", number)
    assert f"没有预览：{kept.trouble}" in page.words
    assert address in page.text
    assert address not in desk.page("unit", number).text
    desk.console.at("unit").get(address, status=403)
    clerk = desk.console.at("clerk")
    clerk.get(address)
    assert "理由" in clerk.send(address, reason=" ").words, "without a reason nothing is shown"
    looks = select(AuditEntry.reason).where(AuditEntry.action == "appeal.original")
    assert office.rows(looks) == []
    answer = clerk.send(address, reason="预览看不清金额").answer
    assert answer.data == sent
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{number}-')
    assert office.rows(looks) == ["预览看不清金额"]


def test_templates_fill_the_box_and_are_kept_by_those_who_may(desk: Desk, office: Office) -> None:
    leader = desk.console.at("leader")
    leader.get("/console/reply-templates/new")
    given = {
        "title": "感谢来信",
        "purpose": "答复",
        "body": "您好，感谢您的来信。",
        "position": "1",
        "active": "1",
    }
    assert "感谢来信" in leader.post("/console/reply-templates/new", **given).words
    assert leader.send("/console/reply-templates/new", **given).status == 422, "a title is taken once"
    template = re.search(r"/console/reply-templates/(\d+)", leader.get("/console/reply-templates").text)
    assert template
    number = office.led_to(S.IN_PROGRESS)
    page = desk.console.at("clerk").get(f"/console/appeals/{number}/do/reply?template={template[1]}")
    assert "您好，感谢您的来信。</textarea>" in page.text
    desk.console.at("clerk").get(f"/console/reply-templates/{template[1]}", status=403)


def test_a_message_by_phone_is_ticked_once(desk: Desk, office: Office) -> None:
    number = office.file_by_phone()
    clerk = desk.console.at("clerk")
    message = office.messages(number)[0]
    assert f"/console/phone-tasks/{message.id}" in clerk.get("/console/phone-tasks").text
    clerk.get(f"/console/phone-tasks/{message.id}")
    clerk.post(f"/console/phone-tasks/{message.id}", remark="本人接听，已告知。")
    assert f"/console/phone-tasks/{message.id}" not in clerk.get("/console/phone-tasks").text
    assert "已电话告知" in desk.page("clerk", number).words
    assert clerk.send(f"/console/phone-tasks/{message.id}", remark="再告知一次").status == 422
    told = office.rows(select(AppealMessage.told_remark).where(AppealMessage.id == message.id))
    assert told == ["本人接听，已告知。"]


def test_the_inbox_opens_the_case_and_counts_down(desk: Desk, office: Office) -> None:
    number = office.led_to(S.DISPATCHED)
    unit = desk.console.at("unit")
    notice = office.notices(number)[-1]
    assert number in unit.get("/console/notices").words
    page = unit.post(f"/console/notices/{notice.id}/open")
    assert number in page.words
    assert office.notices(number)[-1].read_at is not None
    desk.console.at("other").get("/console/notices")
    assert desk.console.at("other").send(f"/console/notices/{notice.id}/read").status == 404
    unit.get("/console/notices")
    assert (
        "没有未读" in unit.post("/console/notices/read").words
        or "条未读" not in unit.get("/console/notices").words
    )


def test_a_paper_of_supervision_is_ready_to_print(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    desk.does("leader", number, "supervise", level="three", cause="联席会议交办")
    found = re.search(r"/console/supervisions/(DB\d{7})", desk.page("leader", number).text)
    assert found
    page = desk.console.at("leader").get(f"/console/supervisions/{found[1]}")
    assert all(
        words in page.words for words in ("督办单", found[1], "督办三级", "联席会议交办", number, "区经信局")
    )
    assert found[1] in desk.console.at("unit").get("/console/supervisions?answered=no").words


def test_a_number_of_the_statistics_leads_to_its_cases(desk: Desk, office: Office) -> None:
    number = office.led_to(S.RESOLVED, type="建议", category="知识产权")
    clerk = desk.console.at("clerk")
    days = "from=2026-11-01&to=2026-11-30"
    page = clerk.get(f"/console/appeals?set=resolved&{days}&by=category&value=知识产权&size=100")
    assert f"/appeals/{number}" in page.text
    assert "知识产权" in page.words
    assert f"/appeals/{number}" not in clerk.get(f"/console/appeals?set=declined&{days}&size=100").text
    assert "没有这个统计口径" in clerk.get(f"/console/appeals?set=nothing&{days}").words
