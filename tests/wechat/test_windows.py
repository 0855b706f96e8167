"""The customer-service windows as platform §5.1 counts them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.wechat.windows import Limits, Touch, Windows, after, remaining, spend

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
CLOSED = Windows()


def spent(windows: Windows, at: datetime) -> int:
    count = 0
    while (left := spend(windows, at)) is not None:
        windows, count = left, count + 1
    return count


def test_nobody_is_written_to_before_they_did_something() -> None:
    assert spend(CLOSED, START) is None
    assert remaining(CLOSED, START) == 0


def test_a_message_allows_five_in_48_hours() -> None:
    windows = after(CLOSED, Touch.MESSAGE, START)
    assert spent(windows, START) == 5
    assert spent(windows, START + 48 * HOUR - SECOND) == 5
    assert spend(windows, START + 48 * HOUR) is None


def test_a_tap_a_follow_and_a_scan_allow_three_in_a_minute() -> None:
    for touch in (Touch.TAP, Touch.FOLLOW, Touch.SCAN):
        windows = after(CLOSED, touch, START)
        assert spent(windows, START + 59 * SECOND) == 3
        assert spend(windows, START + 60 * SECOND) is None


def test_the_window_that_closes_first_is_spent_first() -> None:
    windows = after(after(CLOSED, Touch.MESSAGE, START), Touch.TAP, START + HOUR)
    left = spend(windows, START + HOUR)
    assert left is not None
    assert (left.tap_left, left.message_left) == (2, 5)
    assert remaining(windows, START + HOUR) == spent(windows, START + HOUR) == 8


def test_near_its_end_the_long_window_is_the_shorter_one() -> None:
    almost = START + 48 * HOUR - 10 * SECOND
    left = spend(after(after(CLOSED, Touch.MESSAGE, START), Touch.TAP, almost), almost)
    assert left is not None
    assert (left.tap_left, left.message_left) == (3, 4)


def test_a_new_action_renews_its_window_and_does_not_add_up() -> None:
    windows = after(CLOSED, Touch.MESSAGE, START)
    windows = spend(windows, START) or CLOSED
    windows = after(windows, Touch.MESSAGE, START + HOUR)
    assert spent(windows, START + 48 * HOUR) == 5


def test_a_tap_does_not_renew_the_long_window() -> None:
    windows = after(after(CLOSED, Touch.MESSAGE, START), Touch.TAP, START + HOUR)
    assert windows.message_until == START + 48 * HOUR


def test_unfollowing_closes_everything() -> None:
    assert after(after(CLOSED, Touch.MESSAGE, START), Touch.UNFOLLOW, START) == CLOSED


def test_the_numbers_are_settings() -> None:
    limits = Limits(20, 24, 1, 30)
    assert spent(after(CLOSED, Touch.MESSAGE, START, limits), START + 24 * HOUR - SECOND) == 20
    assert spent(after(CLOSED, Touch.TAP, START, limits), START + 29 * SECOND) == 1
    assert spend(after(CLOSED, Touch.MESSAGE, START, limits), START + 24 * HOUR) is None
