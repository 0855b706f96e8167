"""Every code of platform §13 has its outcome and a sentence for staff."""

from __future__ import annotations

import pytest

from bot.simulator.errors import TEXTS
from bot.wechat.errcodes import meanings
from bot.wechat.errors import ApiError, Outcome, advice, outcome

LATER, MINUTE, QUOTA, USER, REFUSED = (
    Outcome.LATER,
    Outcome.MINUTE,
    Outcome.QUOTA,
    Outcome.USER,
    Outcome.REFUSED,
)
TOKEN, ADMIN, BROKEN, SENT = Outcome.TOKEN, Outcome.ADMIN, Outcome.BROKEN, Outcome.SENT


def codes(text: str) -> list[int]:
    """ "1 3-5" -> [1, 3, 4, 5]"""
    spans = [tuple(map(int, word.split("-"))) if word[0] != "-" else (int(word),) for word in text.split()]
    return [code for span in spans for code in range(span[0], span[-1] + 1)]


EXPECTED = {
    SENT: "0 45065 46003 45081",
    LATER: "-1 45085 45169 45171 61450 61503 268487001 268487002",
    TOKEN: "40001 40014 41001 42001",
    MINUTE: "42010 45011 45061 45066",
    QUOTA: "45009 45010 45028 45040 45093 48006",
    USER: "40029 40163 42003 40030 42002 42007 43004 50005 43101 45015 45047 48002 50002 45080",
    REFUSED: "40003 43019 70000",
    ADMIN: "40013 40036 40037 48011 40125 40164 40168 61004 45035 40090 40200 40243 43100 43102 43104 43106 43116 45026 45027 "
    "45029 45062 45064 45074 45082 45087 45094 45102 45103 45109 45113 45501 48001 48003 48004 48009 48010 48015 50001 50004 "
    "50007 53404-53406 53504 53505 61007 61016 65400 65402 88000 88011 89501-89507 200011-200013 200100 268488001 9500001 9500002",
    BROKEN: "40002 40004-40009 40015-40028 40031 40032 40033 40035 40039 40048 40052-40055 40059 40060 40062 40065 40066 40068 "
    "40092 40097 40113 40114 40117-40121 40130 40132 40137 40152 40155 40165 40166 40192 40204 40213 40214 40246 40247 40249 "
    "41002-41006 41008-41010 41039 43001-43003 44001-44005 45001-45008 45048 45050-45052 45056-45059 45067 45072 45083 45084 45086 "
    "45098 45099 45157-45159 45162 45166 45168 46001 47001-47003 48005 48008 48013 48014 48021 48022 49003 53503 53600 "
    "61451-61457 61500 61501 65301-65320 65401 65403-65417 76001-76004 76021 76022 87014 88001-88010 200014-200022",
}  # fmt: skip


@pytest.mark.parametrize("expected", EXPECTED)
def test_a_code_means_what_the_platform_says(expected: Outcome) -> None:
    wrong = {code: outcome(code) for code in codes(EXPECTED[expected]) if outcome(code) is not expected}
    assert wrong == {}


def test_every_code_of_the_platform_is_known_by_itself() -> None:
    known = {code for row in meanings() for code in row.codes}
    listed = {code for text in EXPECTED.values() for code in codes(text)}
    assert listed == known  # nothing is BROKEN only because it is unknown


def test_the_simulator_speaks_no_code_that_we_do_not_know() -> None:
    known = {code for row in meanings() for code in row.codes}
    assert sorted(set(TEXTS) - known) == []


def test_a_code_stands_in_one_row_only() -> None:
    all_codes = [code for row in meanings() for code in row.codes]
    assert sorted({code for code in all_codes if all_codes.count(code) > 1}) == []


@pytest.mark.parametrize("row", meanings(), ids=lambda row: str(row.codes[0]))
def test_staff_get_a_chinese_sentence(row: object) -> None:
    told = next(each.advice for each in meanings() if each is row)
    assert told.endswith("。")
    assert any("一" <= sign <= "鿿" for sign in told)


def test_an_unknown_code_is_never_probably_fine() -> None:
    assert outcome(123456) is Outcome.BROKEN
    assert "123456" in advice(123456)


def test_the_address_to_whitelist_is_named() -> None:
    told = advice(
        40164,
        "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 6aac005a-01bfdbee-79769285",
    )
    assert "203.0.113.7" in told
    assert "IP 白名单" in told
    assert "2001:db8:0:0:0:0:0:7" in advice(40164, "invalid ip 2001:db8:0:0:0:0:0:7, not in whitelist")


def test_an_error_shows_neither_tokens_nor_people() -> None:
    error = ApiError.of(
        40003, "invalid openid oDemoAAAAAAAAAAAAAAAAAAAA001 access_token=abcdef secret=xyz123"
    )
    assert error.outcome is Outcome.REFUSED
    for hidden in ("oDemoAAAAAAAAAAAAAAAAAAAA001", "abcdef", "xyz123"):
        assert hidden not in f"{error} {error!r} {error.errmsg} {error.advice}"
