"""What is said where one report is held against an earlier one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stats import moments, remarks
from stats.model import Report, Window
from stats.remark import Remark, RemarkKind, money
from stats.zone import Zone

_IN_OWN_WORDS = (
    *(RemarkKind.UNKNOWN, RemarkKind.DOUBTFUL, RemarkKind.PRELIMINARY, RemarkKind.UNATTRIBUTED),
)
"""What is said of the earlier one in words of its own."""


@dataclass(frozen=True)
class Comparison:
    """Whether one report's numbers may be held against another's, and what is said of that."""

    is_comparable: bool
    remarks: tuple[Remark, ...]


def of_comparison(now: Report, before: Report, against: str = "the window before") -> Comparison:
    """What is said where `now` is held against `before`, beside what is said of `now` itself.

    They are not comparable where either has days that are doubtful or not known, or lacks usage
    that history tells in all. `against` is what the earlier window is called.
    """
    is_comparable = not (remarks.may_be_more(now) or remarks.may_be_more(before))
    said = [*_on_comparing(now, before, against, is_comparable=is_comparable)]
    of_now = set(remarks.of(now))
    for remark in remarks.of(before):
        if remark not in of_now and remark.kind not in _IN_OWN_WORDS:
            said.append(Remark(remark.kind, f"Of {against}: {remark.text}"))
    return Comparison(is_comparable, tuple(said))


def _on_comparing(
    now: Report, before: Report, against: str, *, is_comparable: bool
) -> Iterator[Remark]:
    zone = Zone(before.question.timezone)
    days = moments.days(before.question.window, zone)
    if not is_comparable:
        why = _lacking(before, zone) or _in_no_row(before) or "not all of this one is known"
        yield Remark(RemarkKind.COMPARISON, f"Not comparable with {against}, {days}: {why}.")
        return
    said = f"Changes are against {against}: {days}."
    if before.preliminary_from:
        said += " That may still grow as well, so changes can go either way."
    elif now.preliminary_from:
        said += (
            " The last days of this window may still grow, and those no more: changes can still "
            "rise."
        )
    yield Remark(RemarkKind.COMPARISON, said)
    if before.leaves_out:
        cost = money(before.unattributed_cost_usd)
        yield Remark(RemarkKind.UNATTRIBUTED, f"Of {against} {cost} is unattributed.")


def _lacking(report: Report, zone: Zone) -> str:
    """What is not known of a window, as the rest of a sentence."""
    said = []
    if report.unknown:
        said.append(f"nothing is known of {_days(report.unknown, zone)} of it")
    if report.doubtful:
        before = "that was" if moments.in_days(report.doubtful, zone).is_one else "those were"
        what = f"the service may have forgotten usage of {_days(report.doubtful, zone)} of it"
        or_why = ", or something was deleted," if remarks.tells_of_deletions(report) else ","
        said.append(f"{what}{or_why} before {before} asked for")
    return ", and ".join(said)


def _in_no_row(report: Report) -> str:
    """What of a window is known in all only, or in no row by a filter, as a sentence's rest."""
    if not remarks.lacks_what_is_known(report):
        may_match = remarks.may_match_more(report)
        return "not of all of it is known whether the filters keep it" if may_match else ""
    asked, cost = report.question, money(report.unattributed_cost_usd)
    if asked.where or asked.job_name_contains:
        return f"what of {cost} of it the filters would keep is not told any more"
    return f"{cost} of it is in no row of this breakdown"


def _days(windows: Sequence[Window], zone: Zone) -> str:
    return f"{moments.in_days(windows, zone).words} ({moments.stretches(windows, zone)})"
