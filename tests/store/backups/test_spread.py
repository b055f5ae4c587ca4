"""Which backups stay: spread over minutes, hours, days and months."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.store.backups.spread import surplus

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
NOW = 1_700_000_000.0


def left(times: list[float], most: int = 10, protected: tuple[int, ...] = ()) -> list[float]:
    gone = surplus(times, most, protected)
    return [moment for place, moment in enumerate(times) if place not in gone]


def test_few_backups_all_stay() -> None:
    assert surplus([], 10) == []
    assert surplus([NOW + n for n in range(10)], 10) == []


def test_ten_within_minutes_never_push_out_yesterday() -> None:
    days = [NOW - DAY * n for n in (9, 5, 3, 2, 1)]
    stay: list[float] = days
    for burst in range(40):  # one after another, each time thinned out to ten
        stay = left([*stay, NOW + burst * 20.0])
    assert set(days) <= set(stay)
    assert stay[-1] == NOW + 39 * 20.0 and len(stay) == 10


def test_a_year_of_hourly_backups_leaves_all_ages() -> None:
    stay: list[float] = []
    for hour in range(24 * 365):
        stay = left([*stay, NOW + hour * HOUR])
    ages = [stay[-1] - moment for moment in stay]
    assert len(stay) == 10
    assert min(age for age in ages if age) <= 2 * HOUR
    assert any(3 * HOUR <= age <= DAY for age in ages)
    assert any(DAY <= age <= 10 * DAY for age in ages)
    assert any(10 * DAY <= age <= 60 * DAY for age in ages)


@given(
    st.lists(st.floats(0, 4e9), max_size=60),
    st.integers(3, 12),
    st.sets(st.integers(0, 59), max_size=1),
)
def test_whatever_the_clock_does(times: list[float], most: int, protected: set[int]) -> None:
    """Times in any order: a clock that jumps. The newest, and what is protected, stay."""
    gone = surplus(times, most, protected)
    rest = [place for place in range(len(times)) if place not in gone]
    assert len(rest) <= max(most, 3 + len(protected))  # the oldest and the two newest stay, too
    assert not protected & set(gone)
    assert rest[-2:] == list(range(len(times)))[-2:]
