"""Who may do what, row by row as in platform §12; a doubtful cell is a no."""

from __future__ import annotations

import pytest

from bot.wechat.capabilities import Capability, Missing, capabilities, require

COLUMNS = (("subscription", False), ("subscription", True), ("service", False), ("service", True))
TABLE = {
    Capability.RECEIVE: "yyyy",
    Capability.BASICS: "yyyy",
    Capability.CURRENT_MENU: "yyyy",
    Capability.MATERIAL: "yyyy",
    Capability.DRAFT: "yyyy",
    Capability.PUBLISH: "nyny",
    Capability.MENU: "nyny",
    Capability.CUSTOM_MESSAGE: "nyny",
    Capability.TAP_MENU: "nnny",
    Capability.MASS_BY_TAG: "nyny",
    Capability.MASS_BY_OPENID: "nnny",
    Capability.USERS: "nyny",
    Capability.ONE_TIME_NOTICE: "nyny",
    Capability.TEMPLATE_MESSAGE: "nnny",
    Capability.SUBSCRIBE_NOTICE: "nnny",
    Capability.QRCODE: "nnny",
    Capability.LOCATION_EVENT: "nnny",
    Capability.OAUTH: "nnny",
    Capability.JSSDK: "yyyy",
    Capability.JSSDK_SHARE: "nyny",
    Capability.PAY: "nnny",
}


def test_the_table_is_complete() -> None:
    assert set(TABLE) == set(Capability)


@pytest.mark.parametrize("column", range(4))
def test_an_account_may_do_what_its_column_says(column: int) -> None:
    expected = {capability for capability, row in TABLE.items() if row[column] == "y"}
    assert capabilities(*COLUMNS[column]) == expected


@pytest.mark.parametrize("capability", Capability)
def test_staff_are_told_what_to_do_without_it(capability: Capability) -> None:
    with pytest.raises(Missing) as missing:
        require(frozenset(), capability)
    assert capability.label in str(missing.value)
    assert capability.when_missing.endswith("。")
    assert len(capability.when_missing) > 8


def test_what_is_held_is_not_refused() -> None:
    require(capabilities("service", True), Capability.MASS_BY_OPENID)
