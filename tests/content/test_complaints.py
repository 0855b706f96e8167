"""A wrong content file is answered with its name, the line of the mistake and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.files import ContentProblem, load

POLICY = """\
---
slug: a-policy
short_name: 测试政策
aliases:
  - 测试办法
  - 测试措施
title: 《测试政策全称》
issuer:
  - 测试部门
level: 国家
kind: 规范性文件
category: 政策
signed: 2025-01-02
effective: 2025-02-01
expires: 2027-12-31
status: 现行有效
tags:
  size:
    - 小
  topic:
    - 资金
conditions:
  - 在区内注册
source_name: 测试来源
summary: 一句话说明这项政策
points:
  - 补贴最高10万元
verified_at: 2026-11-23
grade: B
---

正文。
"""
SERIES = """\
slug = "reading"
title = "测试系列"
description = "每周一读"
weekday = 1
hour = 9
order = 1
"""
ITEM = f"""\
---
slug: first
series: reading
order: 1
title: 第一期
date: 2025-01-02
source_name: 测试来源
grade: A
digest: 十个字以上的一段摘要文字
---

{"一段平常的话。" * 40}
"""
MENU = """\
[[button]]
name = "服务"

[[button.sub_button]]
type = "click"
name = "政策"
key = "menu:政策"
"""
POLICY_FILE, ITEM_FILE = "policies/a-policy.md", "study/reading/01-first.md"


def write(root: Path, **changed: str | bytes) -> Path:
    """A small folder without mistakes, but for the files given by their short name."""
    texts: dict[str, str | bytes] = {
        "policy": POLICY,
        "series": SERIES,
        "item": ITEM,
        "menu": MENU,
        **changed,
    }
    names = {
        "policy": POLICY_FILE,
        "series": "study/reading/series.toml",
        "item": ITEM_FILE,
        "menu": "menu.toml",
    }
    for key, text in texts.items():
        path = root / names.get(key, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def complaints(root: Path) -> list[ContentProblem]:
    return load(root).problems


def test_the_sample_itself_has_no_mistake(tmp_path: Path) -> None:
    loaded = load(write(tmp_path))
    assert loaded.problems == []
    assert (len(loaded.policies), len(loaded.series), len(loaded.items)) == (1, 1, 1)
    assert loaded.menu["button"][0]["sub_button"][0]["key"] == "menu:政策"


BAD_POLICIES = [  # what is replaced, by what, the line that is named, words of the complaint
    ("level: 国家\n", "level: 全球\n", 10, "国家、北京市、石景山区"),
    ("level: 国家\n", "", 1, "缺少 level（层级）"),
    ("issuer:\n  - 测试部门\n", "issuer: 测试部门\n", 8, "列表"),
    ("grade: B", "grade: B\ncolour: 红", 30, "不认识的字段 colour"),
    ("signed: 2025-01-02", "signed: 2025-02-30", 13, "应是日期"),
    ("signed: 2025-01-02", "signed: 2025-01-02\nsigned: 2025-01-03", 14, "写了两次"),
    ("expires: 2027-12-31", "expires: 2024-12-31", 15, "失效日期 2024-12-31 早于"),
    ("slug: a-policy", "slug: A Policy", 2, "小写字母"),
    ("slug: a-policy", "slug: b-policy", 2, "文件名应是 b-policy.md"),
    ("    - 资金\n", "    - 补贴款\n", 20, "可用的是 资金、融资"),
    ("  - 在区内注册", "  - 其他有关材料", 22, "兜底"),
    ("summary: 一句话说明这项政策", f"summary: {'长' * 61}", 25, "最多 60 个字"),
    ("grade: B", "grade: D", 16, "只能是 待核验"),
    ("status: 现行有效", "status: 待核验", 26, "10万"),
    ("status: 现行有效", "status: 待核验\ndoc_no: 某发〔2025〕1号", 17, "不写文号"),
    ("verified_at: 2026-11-23\n", "", 28, "verified_at（核验日期）"),
    ("grade: B", "grade: B\ncontact:\n  department: 某科\n  phone: 010-88880000", 32, "没有来源"),
    ("grade: B", "grade: B\nsource_url: example.org/a", 30, "http"),
    ("grade: B", "grade: B\nexplanations:\n  - title: 问\n    kind: 问答", 31, "text（文字）或 url"),
    ("grade: B", "grade: B\nyear_round: true\nwindow_close: 2027-01-01", 30, "两者留一"),
    ("grade: B", "grade: B\nwindow_open: 2027-02-01\nwindow_close: 2027-01-01", 31, "申报截止"),
    ("grade: B", "grade: B\nredemption: 看情况", 30, "免申即享"),
    ("grade: B", "grade: B\nsuperseded_by:\n  - slug: nowhere\n    clause: 第一条", 16, "已有替代文件"),
    ("status: 现行有效", "status: 已废止\nsuperseded_by:\n  - slug: nowhere", 18, "nowhere"),
    ("status: 现行有效", "status: 已废止\nsuperseded_by:\n  - slug: a-policy", 18, "自己"),
    ("  - 测试措施\n", "  - 测试办法\n", 4, "重复"),
    ("title: 《测试政策全称》", "title: [没有合上", 8, "YAML"),
    ("title: 《测试政策全称》", "title: !!python/object:os.system 坏", 7, "类型标记"),
    ("  - 测试措施\n", "  - &x 测试措施\n  - *x\n", 7, "引用"),
    ("points:\n", f"points: {'[' * 2000}\n", 26, "嵌套"),
    ("---\nslug", "slug", 1, "以 --- 一行开头"),
    ("grade: B\n---\n", "grade: B\n", 1, "结束的 ---"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), BAD_POLICIES)
def test_a_wrong_policy_names_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert POLICY.count(old) == 1
    found = complaints(write(tmp_path, policy=POLICY.replace(old, new)))
    assert [(p.file, p.line) for p in found] == [(POLICY_FILE, line)]
    assert words in found[0].message


BAD_ITEMS = [
    ("order: 1", "order: 一", 4, "应是整数"),
    ("series: reading", "series: other", 3, "同名：reading"),
    ("slug: first", "slug: other", 2, "文件名应是 01-other.md"),
    ("date: 2025-01-02", "date: 去年", 6, "2026-11"),
    ("digest: 十个字以上的一段摘要文字", "digest: 太短", 9, "至少 10 个字"),
    ("一段平常的话。" * 40, "太短。", 12, "150 到 700"),
    ("grade: A", "grade: K", 12, "以官方发布为准"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), BAD_ITEMS)
def test_a_wrong_study_item_names_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert ITEM.count(old) == 1
    found = complaints(write(tmp_path, item=ITEM.replace(old, new)))
    assert [(p.file, p.line) for p in found] == [(ITEM_FILE, line)]
    assert words in found[0].message


def test_an_unchecked_item_with_a_figure_is_refused(tmp_path: Path) -> None:
    text = ITEM.replace("grade: A", "grade: K") + "\n内容以官方发布为准，共25条。\n"
    assert [(p.line, "25条" in p.message) for p in complaints(write(tmp_path, item=text))] == [(12, True)]


BAD_SERIES = [
    ("weekday = 1", "weekday = 8", 4, "不能大于 7"),
    ("hour = 9", "hour = 22", 5, "不能大于 20"),
    ('slug = "reading"', 'slug = "other"', 1, "同名：reading"),
    ("order = 1", "order = ", 6, "TOML"),
    ("hour = 9\n", "", 1, "缺少 hour（时）"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), BAD_SERIES)
def test_a_wrong_series_names_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    found = complaints(write(tmp_path, series=SERIES.replace(old, new)))
    assert [(p.file, p.line) for p in found] == [("study/reading/series.toml", line)]
    assert words in found[0].message


BAD_MENUS = [
    ('name = "服务"', 'name = "企业服务大厅"', 2, "最多 16 字节"),
    ('type = "click"', 'type = "tap"', 5, "click、view"),
    ('key = "menu:政策"', 'key = "政策"', 7, "menu:词语"),
    ('key = "menu:政策"', f'key = "menu:{"政" * 50}"', 7, "最多 128 字节"),
    ('key = "menu:政策"', "", 4, "要有 key"),
    ("[[button]]", "[[buttons]]", 1, "[[button]]"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), BAD_MENUS)
def test_a_menu_that_the_platform_would_refuse_names_the_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    found = complaints(write(tmp_path, menu=MENU.replace(old, new)))
    assert ("menu.toml", line) in {(p.file, p.line) for p in found}
    assert any(words in p.message for p in found)


def test_too_many_buttons_are_counted_on_both_levels(tmp_path: Path) -> None:
    sub = MENU[MENU.index("[[button.sub_button]]") :]
    first, second = MENU * 4, MENU + sub * 5
    assert [(p.line, p.message[:4]) for p in complaints(write(tmp_path, menu=first))] == [(22, "一级菜单")]
    assert [(p.line, p.message[:4]) for p in complaints(write(tmp_path, menu=second))] == [(24, "二级菜单")]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('thanks = "{who}"', 1, "不会被填写"),
        ('\nthanks = "{"', 2, "大括号"),
        ('failure = "没有办成"', 1, "incident"),
        ("thanks = 3", 1, "一段文字"),
        (f'thanks = "{"长" * 600}"', 1, "1500 字节"),
        ('thanks = " "', 1, "空的"),
        ('thanks = "好"', 1, "缺少常用语 welcome"),
        ('thanks = "好"\nthanks = "好"', 2, "TOML"),
    ],
)
def test_a_wrong_standing_text_names_the_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    found = complaints(write(tmp_path, **{"replies.toml": text}))
    assert any(p.file == "replies.toml" and p.line == line and words in p.message for p in found)


def test_names_and_slugs_belong_to_one_record(tmp_path: Path) -> None:
    twin = (
        POLICY.replace("a-policy", "b-policy").replace("测试政策", "别的政策").replace("测试措施", "别的措施")
    )
    found = complaints(
        write(
            tmp_path,
            **{
                "policies/b-policy.md": twin.replace(
                    "测试办法", "測试 辦法".replace("測", "测").replace("辦", "办")
                )
            },
        )
    )
    assert [(p.file, p.line) for p in found] == [("policies/b-policy.md", 5)]
    assert POLICY_FILE in found[0].message


def test_an_item_may_not_take_the_address_or_the_number_of_another(tmp_path: Path) -> None:
    again = ITEM.replace("slug: first", "slug: reading")
    found = complaints(write(tmp_path, **{"study/reading/01-reading.md": again}))
    assert sorted((p.file, p.line) for p in found) == [
        ("study/reading/01-reading.md", 2), ("study/reading/01-reading.md", 4),
    ]  # fmt: skip


def test_files_that_are_no_text_are_refused_with_the_line(tmp_path: Path) -> None:
    found = complaints(write(tmp_path, policy="---\n标题".encode() + "题".encode("gbk")))
    assert [(p.file, p.line) for p in found] == [(POLICY_FILE, 2)]
    assert "UTF-8" in found[0].message
    assert "200000" in complaints(write(tmp_path, policy=POLICY + "长" * 70_000))[0].message


def test_every_mistake_of_a_folder_is_told_at_once(tmp_path: Path) -> None:
    found = complaints(
        write(
            tmp_path, policy=POLICY.replace("国家", "全球").replace("grade: B", "grade: Z"), item="", menu="["
        )
    )
    assert [p.file for p in found] == ["menu.toml", POLICY_FILE, POLICY_FILE, ITEM_FILE]


def test_a_series_folder_without_its_head_and_a_folder_without_content(tmp_path: Path) -> None:
    write(tmp_path, item=ITEM)
    (tmp_path / "study/reading/series.toml").unlink()
    assert [(p.file, p.line) for p in complaints(tmp_path)] == [("study/reading/series.toml", 1)]
    assert "文件夹" in complaints(tmp_path / "nowhere")[0].message


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    usual = load(write(tmp_path / "a")).policies
    windows = b"\xef\xbb\xbf" + POLICY.replace("\n", "\r\n").encode()
    assert load(write(tmp_path / "b", policy=windows)).policies == usual


def test_a_field_left_blank_is_a_field_not_given(tmp_path: Path) -> None:
    text = POLICY.replace("signed: 2025-01-02", "signed:")
    loaded = load(write(tmp_path, policy=text))
    assert loaded.problems == []
    assert loaded.policies[0].signed is None
