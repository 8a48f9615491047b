"""When the poller asks again."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from storyboard.renders import pace
from storyboard.renders.states import PATIENCE

SECOND = timedelta(seconds=1)


@given(st.none() | st.floats(0, 1e6), st.floats(0, 3599))
def test_a_poll_waits_between_a_second_and_half_a_minute(eta, age):
    wait = pace.poll(eta, timedelta(seconds=age))
    assert 0.8 * SECOND <= wait <= 36 * SECOND


def test_a_poll_is_led_by_the_services_eta():
    assert 24 * SECOND <= pace.poll(90, timedelta(0)) <= 36 * SECOND
    assert 2.4 * SECOND <= pace.poll(9, timedelta(0)) <= 3.6 * SECOND


def test_without_an_eta_it_slows_with_age():
    assert pace.poll(None, 4 * SECOND) <= 1.2 * SECOND
    for age in (20, 100, 299):
        assert 3.6 * SECOND <= pace.poll(None, age * SECOND) <= 5.4 * SECOND
    assert pace.poll(None, 600 * SECOND) >= 24 * SECOND


def test_past_the_patience_limit_it_asks_rarely_but_goes_on():
    assert 96 * SECOND <= pace.poll(3, PATIENCE + SECOND) <= 144 * SECOND


def test_backing_off_doubles_from_two_seconds_to_thirty():
    middles = [(pace.back_off(tries) / SECOND) for tries in range(6)]
    for middle, expected in zip(middles, (2, 4, 8, 16, 30, 30), strict=True):
        assert 0.8 * expected <= middle <= 1.2 * expected


@given(st.integers(0, 40), st.floats(0, 600))
def test_what_the_service_asks_for_is_never_undercut(tries, after):
    assert pace.back_off(tries, after) >= timedelta(seconds=after)


def test_an_absurd_wish_is_capped_at_ten_minutes():
    assert pace.back_off(0, 1e9) <= timedelta(seconds=601)
