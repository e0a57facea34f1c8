"""The calendar's figure and its words: every day in its place, gaps seen without colours too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from stats.coverage import Calendar, Day, Gap, State
from stats.dayfile import Shelf
from stats.model import Dimension, Window
from stats.zone import Zone
from ui import daymap, holdings
from ui.theme import DARK, LIGHT, contrast

D = Dimension
PALE = (State.UNKNOWN, State.BEFORE)
CUTS = tuple(Shelf("farm", D.QUEUE, (D.USAGE_TYPE, d)) for d in (D.USER, D.JOB, D.FLEET, D.QUEUE))
STATES = {
    date(2024, 2, 29): Day(date(2024, 2, 29), State.PARTLY, CUTS),
    date(2024, 3, 1): Day(date(2024, 3, 1), State.MISSING, CUTS),
    date(2024, 7, 1): Day(date(2024, 7, 1), State.PRELIMINARY),
}
DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(183)]
WANTED = (*CUTS, Shelf("farm", D.QUEUE, (D.USAGE_TYPE,)))
YEAR = Calendar(WANTED, tuple(STATES.get(d, Day(d, State.COMPLETE)) for d in DAYS), ())


def tiles(half: int) -> dict[str, tuple[str, str, str]]:
    """What stands on each tile that has a day: weekday's row, mark and words, by its date."""
    (drawn,) = daymap.half_year(YEAR, daymap.halves(YEAR, 2024)[half], dark=False).data
    return {
        said[0]: (drawn.z[row][week], drawn.text[row][week], said[1])
        for row, line in enumerate(drawn.customdata)
        for week, said in enumerate(line)
        if said[0]
    }


def test_every_day_has_a_tile_and_the_leap_day_too() -> None:
    first, second = tiles(0), tiles(1)
    assert len(first) == 182
    assert list(second) == ["Mon 1 Jul 2024"]
    assert first["Thu 29 Feb 2024"][0] == list(holdings.STATES).index(State.PARTLY)


def test_gaps_have_marks_and_words() -> None:
    found = tiles(0)
    assert [found[day][1] for day in ("Wed 28 Feb 2024", "Thu 29 Feb 2024", "Fri 1 Mar 2024")] == [
        "",
        "–",
        "×",
    ]
    words = found["Thu 29 Feb 2024"][2].replace("<br>", " ")
    assert words.startswith("1 of 5 cuts are in history. Missing: usage type × user by queues, ")
    assert words.endswith(" and 1 more.")


def test_of_a_day_that_was_asked_for_too_late_it_is_said_what_of_it_is_there() -> None:
    late = Day(date(2024, 1, 1), State.DOUBTFUL)
    assert "cuts" not in holdings.day_in_words(late, YEAR)
    in_part = Day(late.day, late.state, CUTS)
    assert holdings.day_in_words(in_part, YEAR).endswith(" 1 of 5 cuts are in history.")


def test_what_was_asked_for_too_late_has_marks_that_can_be_read() -> None:
    days = (
        Day(date(2024, 1, 1), State.DOUBTFUL),
        Day(date(2024, 1, 2), State.UNKNOWN),
        Day(date(2024, 1, 3), State.BEFORE),
    )
    over = Calendar(WANTED, days, ())
    (drawn,) = daymap.half_year(over, daymap.halves(over, 2024)[0], dark=True).data
    assert [line[0] for line in drawn.text[:3]] == [
        "≥",
        f'<span style="color:{DARK.muted}">?</span>',
        "",
    ]
    assert [bar.name for bar in daymap.shares(over, dark=True).data] == [
        "≥ At least (1)",
        "? Not known (1)",
        "Before history (1)",
    ]


def test_days_to_come_are_blank() -> None:
    (drawn,) = daymap.half_year(YEAR, daymap.halves(YEAR, 2024)[1], dark=True).data
    assert [cell for line in drawn.z for cell in line if cell is not None] == [
        list(holdings.STATES).index(State.PRELIMINARY)
    ]


@pytest.mark.parametrize("mode", [LIGHT, DARK])
def test_what_is_there_what_is_missing_and_the_paper_are_told_apart_by_brightness(mode) -> None:
    colours = daymap.colours(mode)
    assert set(colours) == set(holdings.STATES) == set(State)
    assert len(set(colours.values())) == len(State)
    assert contrast(colours[State.COMPLETE], colours[State.PARTLY]) > 1.8
    for state in (State.UNKNOWN, State.BEFORE, State.PRELIMINARY):
        assert contrast(colours[State.DOUBTFUL], colours[state]) > (1.8 if state in PALE else 1.0)
    assert contrast(colours[State.UNKNOWN], mode.muted) > 4.5  # of its mark
    for state in (State.COMPLETE, State.MISSING, State.PRELIMINARY):
        assert contrast(colours[state], mode.background) >= 3


def test_the_bar_has_every_kind_of_day_that_there_is() -> None:
    bar = daymap.shares(YEAR, dark=False)
    assert [(one.name, one.x[0]) for one in bar.data] == [
        ("Complete (180)", 180),
        ("– In part (1)", 1),
        ("× Missing (1)", 1),
        ("/ Preliminary (1)", 1),
    ]


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 bytes"), (312, "312 bytes"), (999_999, "1 MB"), (4.14e6, "4.1 MB"), (2.5e11, "250 GB")],
)
def test_sizes_are_written_for_people(number: float, words: str) -> None:
    assert holdings.size(number) == words


def test_gaps_are_told_in_words() -> None:
    zone = Zone("America/Los_Angeles")
    missing = Gap(date(2024, 3, 9), date(2024, 3, 11), State.MISSING, 0, 0)
    part = Gap(date(2024, 3, 12), date(2024, 3, 12), State.PARTLY, 2, 4)
    assert holdings.gap_in_words(missing, YEAR, zone) == "9–11 Mar 2024: nothing"
    assert holdings.gap_in_words(part, YEAR, zone) == "12 Mar 2024: 2 to 4 of 5 cuts"


def test_days_of_another_zone_are_told_by_when_they_begin() -> None:
    start = datetime(2024, 3, 1, 23, tzinfo=UTC)
    said = holdings.elsewhere_in_words([Window(start, start + timedelta(days=1))], Zone("UTC"))
    assert "1 day of another time zone, beginning at 23:00 UTC" in said
