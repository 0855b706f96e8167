"""What is kept of a text that nothing understood: no personal data, and alike texts together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from bot.content.unmatched import Said, forget, groups, keep, kept, without_personal_data
from bot.core import clock
from bot.core.db import reading, transaction
from models.phrases import Unmatched

NOW = clock.now()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("我的电话13800138000请回电", "13800138000"),
        ("电话138 0013 8000", "8000"),
        ("手机138-0013-8000", "8000"),
        ("手机１３８００１３８０００", "１３８００１３８０００"),
        ("电话一三八零零一三八零零零", "一三八零零"),
        ("座机010-88880000", "88880000"),
        ("身份证11010719900101123X", "123X"),
        ("银行卡6222 0202 0000 1234 567", "6222"),
        ("邮箱wang.ming@example.com", "wang.ming"),
        ("加微信wangming_88", "wangming"),
        ("vx:abc12345", "abc12345"),
        ("看https://example.com/u/1", "example.com"),
        ("我叫王小明，想问蓝莓贷", "王小明"),
        ("我叫王明想问蓝莓贷", "王明"),
        ("姓名：欧阳小明 想问", "欧阳小明"),
        ("联系人李建国", "李建国"),
        ("法人代表是张伟，公司要贷款", "张伟"),
        ("我是王总，问个事", "王总"),
        ("找一下李小红女士", "李小红"),
    ],
)
def test_personal_data_are_not_kept(text: str, secret: str) -> None:
    assert secret not in without_personal_data(text)


@pytest.mark.parametrize(
    "text",
    ["蓝莓贷怎么申请", "总局的通知在哪看", "一次性补贴31条", "我叫不到车", "本人想申请", "第28条什么意思"],
)
def test_what_is_asked_stays(text: str) -> None:
    assert without_personal_data(text) == text


@given(st.text(max_size=600))
def test_any_text_can_be_kept(text: str) -> None:
    assert len(without_personal_data(text)) <= 500


def said(*texts: str) -> list[Said]:
    return [Said(i, text, "missed", None, NOW) for i, text in enumerate(texts, 1)]


def test_alike_texts_are_one_group() -> None:
    found = groups(
        said("蓝莓贷怎么申请", "失业金在哪领", "请问怎么申请蓝莓贷？", "兰莓贷怎么申请", "藍莓貸怎麼申請")
    )
    assert [(g.number, len(g.rows)) for g in found] == [(1, 4), (2, 1)]
    assert found[0].texts[0] == ("蓝莓贷怎么申请", 2)


def test_a_groups_number_stays_when_more_come() -> None:
    before = groups(said("蓝莓贷怎么申请", "失业金在哪领"))
    after = groups(said("蓝莓贷怎么申请", "失业金在哪领", "失业金在哪里领", "失业金在哪领呢"))
    assert {g.number for g in before} <= {g.number for g in after}
    assert after[0].number == 2


def test_texts_are_kept_without_their_author_and_forgotten(engine: Engine) -> None:
    with transaction(engine) as db:
        keep(db, "我叫王小明，蓝莓贷怎么办", "missed", NOW)
        keep(db, "蓝莓贷", "rejected", NOW, shown="石惠十条")
        keep(db, "13800138000", "missed", NOW)
        keep(db, "  ", "missed", NOW)
    with reading(engine) as db:
        rows = kept(db)
    assert [(r.text, r.shown) for r in rows] == [("我叫□，蓝莓贷怎么办", None), ("蓝莓贷", "石惠十条")]
    with transaction(engine) as db:
        assert forget(db, [rows[0].id]) == 1
    with reading(engine) as db:
        assert db.scalars(select(Unmatched.text)).all() == ["蓝莓贷"]
