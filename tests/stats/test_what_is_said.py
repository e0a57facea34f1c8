"""What is said about a report: each sentence when it is due, and only then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from stats import comparison, deletions, export, remark, remarks, rollup
from stats.model import (
    Basis,
    Dimension,
    FarmId,
    Filter,
    Question,
    Report,
    Scope,
    Spread,
    Usage,
    Window,
)
from stats.remarks import RemarkKind
from stats.zone import Zone

D, K = Dimension, RemarkKind
TOKYO = "Asia/Tokyo"
START = datetime(2025, 9, 30, 15, tzinfo=UTC)
"""Midnight of 1 October in Tokyo."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MONTH = Window(START, START + 31 * DAY)


def days(first: int, last: int) -> Window:
    """Days of October in Tokyo, both included."""
    return Window(START + (first - 1) * DAY, START + last * DAY)


def report(**changes: Any) -> Report:
    """A report of fleets in October of which nothing is uncertain, but for `changes`."""
    question = Question(FarmId("farm"), Scope(D.FLEET, ("f",)), MONTH, timezone=TOKYO)
    whole = Report(
        question=changes.pop("question", question),
        table=rollup.empty(()),
        total_cost_usd=Spread(20.0, 1.0, 9.0),
        total_count=4,
        total_by_usage_type={},
        unattributed_cost_usd=0.0,
        unattributed_count=0,
        as_of=MONTH.end,
        preliminary_from=None,
        basis=Basis(1.0, "aws"),
        runs=(),
    )
    return replace(whole, **changes)


def by_queues(**changes: Any) -> Question:
    asked = Question(FarmId("farm"), Scope(D.QUEUE, ("q",)), MONTH, timezone=TOKYO)
    return replace(asked, **changes)


def said(one: Report, kind: RemarkKind) -> list[str]:
    return [remark.text for remark in remarks.of(one) if remark.kind is kind]


def test_of_a_report_without_doubts_only_the_basis_is_said() -> None:
    assert [one.kind for one in remarks.of(report())] == [K.BASIS]
    assert remarks.uncertain(report()) == ()


COMPUTE_ONLY = {"COMPUTE": Usage(4, Spread(20.0, 1.0, 9.0), Spread(60.0, 1.0, 9.0))}
DUE = {
    K.SCALE_FACTOR: report(basis=Basis(0.85, "aws")),
    K.OTHER_FACTOR: report(remarks=(remark.other_factor(0.85, date(2025, 10, 9), 1.0),)),
    K.UNKNOWN: report(unknown=(days(1, 3),)),
    K.DOUBTFUL: report(doubtful=(days(1, 31),)),
    K.PRELIMINARY: report(preliminary_from=days(30, 30).start),
    K.UNATTRIBUTED: report(unattributed_cost_usd=12.3, unattributed_count=2),
    K.VOLUMES: report(question=by_queues(), total_by_usage_type=COMPUTE_ONLY),
    K.NOT_PLACED: report(remarks=(remark.not_placed(4.5, 2, D.JOB, D.USER),)),
    K.MAY_MATCH: report(remarks=(remark.not_placed(4.5, 1, D.JOB, D.USER, filtered=True),)),
    K.SERVICE: report(remarks=(remark.more_than_the_total(3.0),)),
    K.HISTORY: report(remarks=remark.said(K.HISTORY, "History can’t be written.")),
    K.DELETED: report(remarks=(deletions.counted(D.QUEUE, ["FX"], every_day=True),)),
}
WORDS = {
    K.SCALE_FACTOR: "The farm’s cost scale factor of 0.85 is included.",
    K.OTHER_FACTOR: (
        "Costs of days up to 9 Oct 2025 were reported with a cost scale factor of 0.85; now it is "
        "1."
    ),
    K.UNKNOWN: ("Of 3 days nothing is known: 1–3 Oct 2025. They are left out, and are not zeros."),
    K.DOUBTFUL: (
        "It was at least so much: 31 days (1–31 Oct 2025) were first asked for so late that the "
        "service may have forgotten some of their usage."
    ),
    K.PRELIMINARY: (
        "Preliminary from Thu 30 Oct 2025, 00:00 on. Work of the last days may still be counted, "
        "so these figures can grow."
    ),
    K.UNATTRIBUTED: (
        "Unattributed: $12.30. Part of the total that is in no row of this breakdown: AWS does not "
        "tell all usage apart."
    ),
    K.VOLUMES: (
        "Counted by queues: storage volumes belong to fleets and are left out. Count by fleets to "
        "see them."
    ),
    K.NOT_PLACED: "$4.50 belongs to 2 jobs whose user is not known.",
    K.MAY_MATCH: "$4.50 belongs to 1 job whose user is not known.",
    K.SERVICE: (
        "The rows hold $3.00 more than the total by usage type. The service told both: they do not "
        "agree."
    ),
    K.HISTORY: "History can’t be written.",
    K.DELETED: "Counts queues that were deleted since: FX.",
}


@pytest.mark.parametrize("kind", DUE)
def test_each_sentence_is_said_when_it_is_due_and_not_of_other_reports(kind: RemarkKind) -> None:
    assert [one.kind for one in remarks.of(DUE[kind])] == [K.BASIS, kind]
    assert said(DUE[kind], kind) == [WORDS[kind]]


@pytest.mark.parametrize("kind", DUE)
def test_the_command_line_says_it_a_line_each(kind: RemarkKind) -> None:
    lines = export.summary(DUE[kind]).splitlines()
    assert lines[2:] == [remarks.BASIS.text, WORDS[kind]]


def test_a_factor_is_not_said_to_be_in_days_that_were_reported_with_another() -> None:
    then = (remark.other_factor(1.0, date(2025, 10, 31), 0.85),)
    assert [one.text for one in remarks.of(report(basis=Basis(0.85, "aws"), remarks=then))][1:] == [
        "The farm’s cost scale factor of 0.85 is included in what was reported with it.",
        "Costs of days up to 31 Oct 2025 were reported with a cost scale factor of 1; now it is "
        "0.85.",
    ]


def test_another_factor_is_no_reason_for_what_is_unattributed() -> None:
    then = (remark.other_factor(1.0, date(2025, 10, 31), 0.85),)
    one = replace(DUE[K.UNATTRIBUTED], remarks=then)
    assert said(one, K.UNATTRIBUTED) == [WORDS[K.UNATTRIBUTED]]


def test_one_day_is_spoken_of_as_one() -> None:
    one = report(unknown=(days(2, 2),), doubtful=(days(3, 3),))
    assert said(one, K.UNKNOWN) == [
        "Of 1 day nothing is known: 2 Oct 2025. It is left out, and is not a zero."
    ]
    assert said(one, K.DOUBTFUL) == [
        "It was at least so much: 1 day (3 Oct 2025) was first asked for so late that the service "
        "may have forgotten some of its usage."
    ]
    beside = replace(one, remarks=(remark.remembered(8.0, 1),))
    assert said(beside, K.DOUBTFUL) == [
        "It was at least so much: 1 day (3 Oct 2025) was first asked for so late, or after "
        "something was deleted, that the service may not tell all usage."
    ]


def hours(first: int, last: int, of: int = 2) -> Window:
    """Hours of a day of October, from the first to before the last."""
    start = days(of, of).start
    return Window(start + first * HOUR, start + last * HOUR)


NOON_TO_NOON = Window(hours(12, 24).start, hours(0, 12, of=5).end)
PARTS: dict[str, tuple[Window, ...]] = {
    "a part of 1 day nothing is known: 2 Oct 2025, 00:00–20:00. It is": (hours(0, 20),),
    "a part of 1 day nothing is known: 2 Oct 2025, 00:00–06:00, 2 Oct 2025, 20:00–24:00. It is": (
        *(hours(0, 6), hours(20, 24)),
    ),
    "parts of 2 days nothing is known: 2 Oct, 12:00 – 3 Oct 2025, 06:00. They are": (
        Window(hours(12, 24).start, hours(0, 6, of=3).end),
    ),
    "2 days and parts of 2 days nothing is known: 2 Oct, 12:00 – 5 Oct 2025, 12:00. They are": (
        NOON_TO_NOON,
    ),
    "1 day and a part of 1 day nothing is known: 1 Oct 2025, 2 Oct 2025, 00:00–20:00. They are": (
        *(days(1, 1), hours(0, 20)),
    ),
}


@pytest.mark.parametrize("words", PARTS)
def test_a_part_of_a_day_is_spoken_of_as_that(words: str) -> None:
    (text,) = said(report(unknown=PARTS[words]), K.UNKNOWN)
    assert text.startswith(f"Of {words} left out")


def test_of_a_part_of_a_day_some_may_have_been_forgotten_too() -> None:
    assert said(report(doubtful=(hours(0, 20),)), K.DOUBTFUL) == [
        "It was at least so much: a part of 1 day (2 Oct 2025, 00:00–20:00) was first asked for so "
        "late that the service may have forgotten some of its usage."
    ]
    (text,) = said(report(doubtful=(NOON_TO_NOON,)), K.DOUBTFUL)
    assert "2 days and parts of 2 days (2 Oct, 12:00 – 5 Oct 2025, 12:00) were first" in text
    _, (text,) = compared(report(), before(doubtful=(Window(BEFORE.start, BEFORE.start + HOUR),)))
    assert "usage of a part of 1 day (31 Aug 2025, 00:00–01:00) of it, before that was" in text


def test_of_many_stretches_the_first_are_named_and_the_others_counted() -> None:
    (text,) = said(report(unknown=tuple(days(n, n) for n in range(1, 12, 2))), K.UNKNOWN)
    assert text.startswith("Of 6 days nothing is known: 1 Oct 2025, 3 Oct 2025, 5 Oct 2025, 7 Oct")
    assert "2025 and 2 more. They" in text


@pytest.mark.parametrize("factor", [0.85, 1.25, None])
def test_a_scale_factor_is_spoken_of_unless_it_is_one(factor: float | None) -> None:
    (text,) = said(report(basis=Basis(factor, "aws")), K.SCALE_FACTOR)
    assert (f"{factor:g}" if factor else "could not be read") in text


def test_filters_are_no_part_of_what_is_unattributed() -> None:
    where = (Filter(D.USER, frozenset({"ada"})),)
    for question in (by_queues(where=where), by_queues(job_name_contains="fx")):
        one = report(question=question, unattributed_cost_usd=1.0)
        assert said(one, K.UNATTRIBUTED)[0].startswith("Unattributed, before filters: $1.00.")


def test_rows_that_hold_more_are_not_unattributed() -> None:
    one = report(unattributed_cost_usd=-3.0, unattributed_count=-1)
    assert said(one, K.UNATTRIBUTED) == []


def test_volumes_are_left_out_only_where_somebody_would_look_for_them() -> None:
    volumes = {"PERSISTENT_VOLUME": Usage(1, Spread(1.0, 1.0, 1.0), Spread(60.0, 60.0, 60.0))}
    where = (Filter(D.USER, frozenset({"ada"})),)
    of_fleets = (Filter(D.FLEET, frozenset({"f"})),)
    ran = {"total_by_usage_type": COMPUTE_ONLY}
    assert said(report(question=by_queues(where=of_fleets), **ran), K.VOLUMES)
    for one in (
        report(question=by_queues(where=where), **ran),
        report(question=by_queues(job_name_contains="fx"), **ran),
        report(question=by_queues(), total_by_usage_type=volumes),
        report(**ran),
        report(question=by_queues()),  # nothing ran
    ):
        assert said(one, K.VOLUMES) == []


def test_the_same_is_said_once() -> None:
    twice = remark.said(K.HISTORY, "History can’t be written.") * 2
    assert len(said(report(remarks=twice), K.HISTORY)) == 1


def test_nothing_is_made_of_no_words() -> None:
    assert remark.said(K.HISTORY, "") == ()
    assert remark.nameless("", "People are shown by their ids.", "") == remark.nameless(
        "People are shown by their ids.", "People are shown by their ids."
    )


@pytest.mark.parametrize(
    ("dollars", "text"),
    [(0.0, "$0.00"), (0.0025, "$0.0025"), (-3.0, "−$3.00"), (1740.256, "$1,740.26")],
)
def test_money_in_sentences_has_cents_and_small_money_its_digits(dollars: float, text: str) -> None:
    assert remark.money(dollars) == text


def test_what_fleets_report_more_is_said_without_a_reason_that_may_be_another() -> None:
    """It may as well be less that was accepted of a queue which is still there."""
    assert deletions.elsewhere(7.5, 2, D.QUEUE, D.FLEET).text == (
        "On 2 days fleets report $7.50 more than queues. It is not in these figures. Of queues "
        "that are deleted before a day is asked for, only fleets tell the work."
    )


def test_of_days_that_were_asked_for_again_it_is_said_what_counts() -> None:
    assert remark.late(3.0, 1).text == (
        "On 1 day, taken for final before, the service now tells $3.00 more than history has. It "
        "counts here; `collect --verify` takes it into history."
    )
    assert remark.kept((days(1, 1),), Zone(TOKYO)).text == (
        "On 1 day (1 Oct 2025) the service told less of some of this when it was asked again. What "
        "it told before counts here."
    )
    assert remark.came_late((days(1, 1), days(4, 4)), Zone(TOKYO)).text == (
        "On 2 days not all usage could be placed in every breakdown: some came late, or less was "
        "accepted of other usage. What this one lacks of it is in the total, and unattributed."
    )


def test_one_job_is_spoken_of_as_one() -> None:
    text = remark.not_placed(1.0, 1, D.JOB, D.USER).text
    assert text == "$1.00 belongs to 1 job whose user is not known."


def test_files_have_notes_of_what_has_no_member() -> None:
    for kind, one in DUE.items():
        without = (K.SCALE_FACTOR, K.PRELIMINARY, K.UNATTRIBUTED, K.VOLUMES)
        assert remarks.uncertain(one) == (() if kind in without else (WORDS[kind],))


BEFORE = Window(START - 31 * DAY, START)


def before(**changes: Any) -> Report:
    question = replace(report().question, window=BEFORE)
    return report(question=question, as_of=START, **changes)


def compared(now: Report, past: Report) -> tuple[bool, list[str]]:
    found = comparison.of_comparison(now, past)
    return found.is_comparable, [remark.text for remark in found.remarks]


def test_two_reports_that_are_known_are_compared_and_it_is_said_with_which() -> None:
    assert compared(report(), before()) == (
        True,
        ["Changes are against the window before: 31 Aug – 30 Sep 2025."],
    )


@pytest.mark.parametrize("kind", ["doubtful", "unknown"])
def test_a_base_of_which_not_all_days_are_known_is_none(kind: str) -> None:
    is_comparable, (text,) = compared(report(), before(**{kind: (BEFORE,)}))
    assert not is_comparable
    why = {
        "unknown": "nothing is known of 31 days (31 Aug – 30 Sep 2025) of it.",
        "doubtful": (
            "the service may have forgotten usage of 31 days (31 Aug – 30 Sep 2025) of it, before "
            "those were asked for."
        ),
    }
    assert text == f"Not comparable with the window before, 31 Aug – 30 Sep 2025: {why[kind]}"


@pytest.mark.parametrize("kind", ["doubtful", "unknown"])
def test_neither_is_a_window_of_which_not_all_days_are_known(kind: str) -> None:
    is_comparable, (text,) = compared(report(**{kind: (days(1, 1),)}), before())
    assert not is_comparable
    assert text.endswith("30 Sep 2025: not all of this one is known.")


def test_preliminary_days_against_settled_ones_are_said() -> None:
    settling = {"preliminary_from": days(30, 30).start}
    _, (text,) = compared(report(**settling), before())
    assert text.endswith(
        "The last days of this window may still grow, and those no more: changes can still rise."
    )
    _, (text,) = compared(report(), before())
    assert "grow" not in text


def test_of_a_base_that_is_preliminary_too_that_is_said() -> None:
    one = report(preliminary_from=MONTH.start)
    _, (text,) = compared(one, before(preliminary_from=BEFORE.end - DAY))
    assert text.endswith(" That may still grow as well, so changes can go either way.")


def test_of_a_base_that_is_in_part_unattributed_that_is_said_shortly() -> None:
    _, (_, of_base) = compared(report(), before(unattributed_cost_usd=2.5))
    assert of_base == "Of the window before $2.50 is unattributed."


def test_what_is_said_of_both_is_not_said_again_of_the_base() -> None:
    same = {"basis": Basis(0.85, "aws"), "remarks": remark.said(K.HISTORY, "Unreadable.")}
    _, texts = compared(report(**same), before(**same))
    assert len(texts) == 1
    _, texts = compared(report(), before(**same))
    assert texts[1:] == [
        "Of the window before: The farm’s cost scale factor of 0.85 is included.",
        "Of the window before: Unreadable.",
    ]


def test_a_total_of_which_not_all_is_known_is_at_least_that() -> None:
    first = export.summary(report(doubtful=(days(1, 2),))).splitlines()[0]
    assert first == "Total at least USD 20.00 in 4 usage records"
    assert export.summary(report()).startswith("Total USD 20.00 in")


def test_times_are_of_the_zone_that_was_asked_about() -> None:
    lines = export.summary(report(preliminary_from=days(31, 31).start)).splitlines()
    assert lines[1] == "As of 2025-11-01 00:00 Asia/Tokyo"
    assert lines[3].startswith("Preliminary from Fri 31 Oct 2025, 00:00 on")


def test_that_something_deleted_counts_in_one_of_them_keeps_nothing_from_being_compared() -> None:
    """Days that were asked for without it, though it was there, are doubtful by themselves."""
    gone = (deletions.counted(D.QUEUE, ["FX"], every_day=True),)
    left_out = (deletions.lately(D.QUEUE, ["FX"]), deletions.elsewhere(5.0, 1, D.QUEUE, D.FLEET))
    for now, earlier in ((gone, ()), ((), gone), (gone, gone), (left_out, ()), ((), ())):
        assert compared(report(remarks=now), before(remarks=earlier))[0]


def test_where_filters_may_leave_out_what_they_would_keep_it_is_at_least_so_much() -> None:
    """One that breaks down by what is not known of a job has a row for it."""
    by_user = (remark.not_placed(4.5, 1, D.JOB, D.USER, filtered=True),)
    in_a_row = (remark.not_placed(4.5, 1, D.JOB, D.USER),)
    by_name = (remark.passed_over(4.5, 1),)
    assert [remarks.may_be_more(report(remarks=some)) for some in (by_user, by_name, in_a_row)] == [
        True,
        True,
        False,
    ]
    for now, earlier in ((report(), before(remarks=by_user)), (report(remarks=by_name), before())):
        assert not compared(now, earlier)[0]
    assert compared(report(), before(remarks=by_user))[1][0] == (
        "Not comparable with the window before, 31 Aug – 30 Sep 2025: not of all of it is known "
        "whether the filters keep it."
    )
    assert compared(report(), before(remarks=in_a_row))[0]


@pytest.mark.parametrize(
    "remark", [remark.not_placed(4.5, 1, D.JOB, D.USER, filtered=True), remark.passed_over(4.5, 1)]
)
def test_nor_is_it_said_that_nothing_matches_them(remark: remarks.Remark) -> None:
    asked = by_queues(where=(Filter(D.USER, frozenset({"u"})),))
    assert remarks.of_nothing(report(question=asked, remarks=(remark,))).text == (
        "Nothing that is known of this window matches the filters."
    )
    assert remarks.of_nothing(report(question=asked)).text == (
        "Nothing in this window matches the filters."
    )
