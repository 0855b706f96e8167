"""Companies of followers: one by one, and from a file that changes everything or nothing."""

from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import Engine, select

from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.followers.profile_sheets import Imported, import_sheet, read
from bot.followers.profiles import ProfileError, canonical, set_profile
from bot.staff.rights import Denied
from models.audit import AuditEntry
from models.profiles import Profile
from models.staff import Role
from tests.followers.office import follower, staff

PEOPLE = ("oA0000000000000000000000001", "oB0000000000000000000000002", "oGone00000000000000000000003")


@pytest.fixture
def office_db(engine: Engine) -> Engine:
    with transaction(engine) as db:
        for openid in PEOPLE[:2]:
            follower(db, openid)
        follower(db, PEOPLE[2], subscribed=False)
    return engine


def profiles(engine: Engine) -> dict[str, Profile]:
    with reading(engine) as db:
        return {one.openid: one for one in db.scalars(select(Profile))}


def imported(engine: Engine, text: str, encoding: str = "utf-8", *, dry_run: bool = False) -> Imported:
    with transaction(engine) as db:
        return import_sheet(Actor(db, None), text.encode(encoding), dry_run=dry_run)


@pytest.mark.parametrize(
    ("field", "word", "stored"),
    [
        ("street", "八角街道", "八角"),
        ("street", "金顶街街道", "金顶街"),
        ("street", " 鲁谷 ", "鲁谷"),
        ("size", "小型企业", "小"),
        ("size", "微型", "微"),
        ("size", "个体", "个体工商户"),
        ("membership", "执常委", "执常委"),
        ("industry", "人工智能", "人工智能"),
        ("young", "是", True),
        ("young", "FALSE", False),
        ("company", "某某（北京）有限公司", "某某（北京）有限公司"),
    ],
)
def test_words_are_stored_as_the_lists_have_them(field: str, word: str, stored: object) -> None:
    assert canonical(field, word) == stored


@pytest.mark.parametrize(
    ("field", "word", "says"),
    [
        ("street", "浦东", "八宝山"),
        ("size", "超大", "个体工商户"),
        ("membership", "理事", "执常委、会员、非会员"),
        ("young", "也许", "是 或 否"),
        ("company", "甲" * 129, "128"),
        ("chamber", "科技\n商会", "控制字符"),
    ],
)
def test_other_words_are_refused_with_the_list(field: str, word: str, says: str) -> None:
    with pytest.raises(ProfileError, match=says):
        canonical(field, word)


def test_setting_merges_and_an_empty_word_empties(office_db: Engine) -> None:
    def put(**words: str) -> Profile:
        with transaction(office_db) as db:
            return set_profile(Actor(db, None), PEOPLE[0], words)

    put(company="甲公司", street="八角街道", young="是")
    put(street="古城", young="")
    (row,) = profiles(office_db).values()
    assert (row.company, row.street, row.young) == ("甲公司", "古城", None)


@pytest.mark.parametrize("openid", [PEOPLE[2], "oNobody"])
def test_only_followers_have_a_profile(office_db: Engine, openid: str) -> None:
    with pytest.raises(ProfileError, match="同步关注者名单") as refused, transaction(office_db) as db:
        set_profile(Actor(db, None), openid, {"street": "八角"})
    assert refused.value.acts == ("followers.sync",)
    assert profiles(office_db) == {}


def test_setting_and_importing_need_the_right_and_are_written_down(office_db: Engine) -> None:
    with transaction(office_db) as db:
        clerk, auditor = staff(db, "小王"), staff(db, "老李", Role.AUDITOR)
        set_profile(Actor(db, clerk), PEOPLE[0], {"street": "八角"})
        with pytest.raises(Denied):
            set_profile(Actor(db, auditor), PEOPLE[0], {"street": "八角"})
        with pytest.raises(Denied):
            import_sheet(Actor(db, auditor), b"openid\n", dry_run=True)
    with reading(office_db) as db:
        (entry,) = db.scalars(select(AuditEntry)).all()
    assert (entry.action, entry.staff_id, entry.detail) == ("profile.set", clerk.id, {"fields": ["street"]})
    assert PEOPLE[0] not in repr(entry.detail)


GOOD = f"""\
openid,企业名称,所属街道,规模,新生代企业家
{PEOPLE[0]},甲公司,八角街道,小,是

{PEOPLE[1]},乙公司,,微型,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_good_file_is_merged(office_db: Engine, encoding: str) -> None:
    with transaction(office_db) as db:
        set_profile(Actor(db, None), PEOPLE[1], {"street": "古城", "company": "旧名"})
    done = imported(office_db, GOOD, encoding)
    assert (done.good, done.complaints, done.written) == (2, (), True)
    rows = profiles(office_db)
    assert (rows[PEOPLE[0]].street, rows[PEOPLE[0]].young) == ("八角", True)
    assert (rows[PEOPLE[1]].street, rows[PEOPLE[1]].company) == ("古城", "乙公司"), (
        "empty cells change nothing"
    )
    assert imported(office_db, GOOD, encoding).written, "the same file twice is no mistake"


def as_xlsx(*rows: tuple[str | None, ...]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "file",
    [
        f"openid,企业名称,\n{PEOPLE[0]},甲公司,\n".encode(),
        f"openid;企业名称;街道\n{PEOPLE[0]};甲公司;\n".replace("街道", "所属街道").encode("gbk"),
        f"OpenID\tCompany\n{PEOPLE[0]}\t甲公司\n".encode("utf-16"),
        f"某区会员名册\nＯｐｅｎＩＤ，企业名称\n{PEOPLE[0]}，甲公司\n".encode(),
        f"OPENID,企业名称\n\u202d{PEOPLE[0]}\u202c,甲公司\n".encode(),
        as_xlsx(("openid", "company", None), (PEOPLE[0], "甲公司", None)),
    ],
    ids=["trailing column", "semicolons", "tabs", "title and full width", "invisible marks", "xlsx"],
)
def test_a_file_is_read_in_every_dress_that_a_ledger_may_have(office_db: Engine, file: bytes) -> None:
    with transaction(office_db) as db:
        done = import_sheet(Actor(db, None), file, dry_run=False)
    assert (done.complaints, done.written) == ((), True)
    assert profiles(office_db)[PEOPLE[0]].company == "甲公司"


def test_a_value_below_an_empty_head_is_a_mistake() -> None:
    sheet = read(f"openid,,company\n{PEOPLE[0]},八角,甲\n".encode())
    assert sheet.rows == []
    assert [(one.line, "列名只有 2 个" in one.reason) for one in sheet.complaints] == [(2, True)]


def test_a_dry_run_writes_nothing(office_db: Engine) -> None:
    done = imported(office_db, GOOD, dry_run=True)
    assert (done.good, done.complaints, done.written) == (2, (), False)
    assert profiles(office_db) == {}


def test_a_bad_file_changes_nothing_and_every_bad_line_is_told(office_db: Engine) -> None:
    done = imported(
        office_db,
        "openid,street,size,young,company\n"
        f"{PEOPLE[0]},八角,小,是,甲\n"
        f"{PEOPLE[1]},浦东,巨,也许,乙\n"
        "不是 openid,八角,,,\n"
        "oStranger,八角,,,\n"
        f"{PEOPLE[2]},八角,,,\n"
        f"{PEOPLE[0]},古城,,,\n"
        '"x","多\n行",,,\n'
        f"{PEOPLE[1]},八角,小,是,乙,多了\n",
    )
    assert not done.written
    assert profiles(office_db) == {}
    said = {one.line: one.reason for one in done.complaints}
    assert sorted(said) == [3, 4, 5, 6, 7, 8, 9]
    assert all(word in said[3] for word in ("浦东", "巨", "也许"))
    assert "openid 应为" in said[4]
    assert "关注者里没有" in said[5]
    assert "关注者里没有" in said[6]
    assert "第 2 行" in said[7]
    assert "列名只有 5 个" in said[9]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "列名"),
        ("姓名,openid\n甲,o1\n".encode(), "不认识的列 姓名"),
        ("street\n八角\n".encode(), "缺少 openid"),
        (b"openid,size,size\n", "重复"),
        (b"openid\n", "没有数据行"),
        (b"\x00\x01\x02\x03", "另存为 .xlsx"),
        (b'openid\n"o1\n', "引号"),
    ],
)
def test_a_file_of_another_kind_is_refused_whole(content: bytes, says: str) -> None:
    sheet = read(content)
    assert sheet.rows == []
    assert says in sheet.complaints[0].reason


def test_a_big_file_is_written_whole(engine: Engine) -> None:
    with transaction(engine) as db:
        for n in range(1100):
            follower(db, f"o{n:027d}")
    rows = "".join(f"o{n:027d},公司{n},八角\n" for n in range(1100))
    assert imported(engine, f"openid,company,street\n{rows}").written
    assert len(profiles(engine)) == 1100
