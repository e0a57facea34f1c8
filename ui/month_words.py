"""What is said beside months and years: what is not shown of them, and why. Pure."""

from __future__ import annotations

from ui import format as written
from ui.months import Course, Month
from ui.view import Curve

_FEW, _TWELVE = 6, 12
NOTHING_ADDS_UP = "A year is added up from January on, and of no January here all is known."


def not_shown(course: Course, curve: Curve, year: int) -> list[str]:
    """What to know beside the years: what is hatched, and what there is not."""
    lines = []
    growing = [_growing(course, m) for m in course.months if m.grows and not m.unknown]
    if growing:
        how = "Hatched" if curve is Curve.MONTHLY else "Hollow"
        lines.append(f"{how}: {_listed(growing)}.")
    if year - 1 not in course.years:
        lines.append(f"Of {year - 1} no month is known.")
    lacking = [
        course.month_name(month).partition(",")[0] for month in course.months if month.lacking
    ]
    if lacking:
        how = (
            "Striped, at least" if curve is Curve.MONTHLY else "Only “at least”, so without a line"
        )
        lines.append(f"{how}: {_listed(lacking)}.")
    unknown = [course.month_name(month) for month in course.months if month.unknown]
    if unknown:
        lines.append(f"Not known: {_listed(unknown)}.")
    if course.months and course.months[0].late:
        first = course.months[0].first
        begins = written.date_of(course.begins)
        lines.append(f"{first:%b %Y} is known from {begins} on and so left out here.")
    cut = [str(year) for year in course.years if course.cumulative(year)[0] is None]
    if curve is Curve.CUMULATIVE and cut:
        lines.append(f"Left out, since not all of January is known: {', '.join(cut)}.")
    return [" ".join(lines)] if lines else []


def _growing(course: Course, month: Month) -> str:
    more = "" if month.open else " (some days are preliminary)"
    return f"{course.month_name(month).partition(',')[0]}{more}"


def _listed(names: list[str]) -> str:
    """Months on end, from the first to the last, or the few that there are."""
    return ", ".join(names) if len(names) <= _FEW else f"{len(names)} months, {names[0]} first"


def why_not_twelve(course: Course) -> str:
    """Why no twelve months on end can be added up."""
    over = course.last_over
    if len(over) < _TWELVE:
        return "It takes twelve whole months, and there are not as many yet."
    counts = {
        "“at least”": sum(month.lacking for month in over),
        "not known": sum(month.unknown for month in over),
    }
    said = [f"{many} {'is' if many == 1 else 'are'} {how}" for how, many in counts.items() if many]
    return (
        "It takes twelve months on end of which all is known. Of the last twelve, "
        f"{' and '.join(said)}."
    )
