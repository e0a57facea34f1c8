"""Every word that is shown: names of things, help beside numbers, introductions, empty states.

British spelling, short sentences, a producer's words. Names that come from the service are not
here; they are escaped where they are drawn (`ui.format`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stats import model, remarks
from stats.model import MISSING, Dimension, Market, Period
from stats.spelling import folded
from ui.format import searchable

APP = "Farm Costs"
OTHERS, OTHER_JOBS = "Others", "Other jobs"
_OTHERS = re.compile(r"(others|other jobs)(…| \([\d,]+\))?")
PRELIMINARY = "preliminary"
AT_ASSUMED = "at an assumed 1 USD an hour"
DOTTED = f"Dotted: {AT_ASSUMED}."


@dataclass(frozen=True)
class Words:
    """What a dimension is called, and what usage is called that does not have it."""

    singular: str
    plural: str
    missing: str

    @property
    def title(self) -> str:
        """The plural as a heading or a column's header starts it."""
        return self.plural[0].upper() + self.plural[1:]

    @property
    def header(self) -> str:
        """The singular as a column's header."""
        return self.singular[0].upper() + self.singular[1:]


WORDS: dict[Dimension, Words] = {
    Dimension.QUEUE: Words("queue", "queues", "No queue"),
    Dimension.FLEET: Words("fleet", "fleets", "No fleet"),
    Dimension.JOB: Words("job", "jobs", "No job"),
    Dimension.USER: Words("user", "users", "No user"),
    Dimension.USAGE_TYPE: Words("usage type", "usage types", "No usage type"),
    Dimension.INSTANCE_TYPE: Words("instance type", "instance types", "Not on an instance type"),
    Dimension.LICENSE_PRODUCT: Words(
        "licence product", "licence products", "Not a licence product"
    ),
}

USAGE_TYPES = {
    "COMPUTE": "Compute",
    "LICENSE": "Licences",
    "PERSISTENT_VOLUME": "Storage volumes",
}
"""The usage types known so far; the service may add others, which are shown as they are."""

_WITHOUT = {Dimension.INSTANCE_TYPE: "licences", Dimension.LICENSE_PRODUCT: "compute"}

_PERIODS = {
    Period.HOURLY: "hours",
    Period.DAILY: "days",
    Period.WEEKLY: "weeks",
    Period.MONTHLY: "months",
}

MARKETS = {
    Market.ON_DEMAND: "On-demand",
    Market.SPOT: "Spot",
    Market.WAIT_AND_SAVE: "Wait and save",
    Market.OTHER: "Other",
    Market.CUSTOMER_MANAGED: "Customer-managed",
    Market.UNKNOWN: "Not known",
}

BASIS_DETAIL = (
    "The figures are AWS’s own estimate: run time multiplied by public prices. They leave out "
    "discounts, tax, licences of your own, and the time in which workers start or wait. Workers of "
    "customer-managed fleets count at an assumed 1 US dollar an hour. "
    "Use your AWS bill as the source of record."
)

HELP = {
    "cost": "What the work in this window cost, as AWS estimates it.",
    "compute": "The part of the cost that is workers’ time.",
    "licences": "The part of the cost that is metered software licences.",
    "volumes": "The part of the cost that is storage kept between sessions; seen by fleets.",
    "cost_per_job": "Cost divided by the jobs that had work running.",
    "compute_hours": "How long workers ran tasks, added up over all workers.",
    "licence_hours": (
        "How long licences were in use. They meter the same hours as compute, "
        "so the two are never added up."
    ),
    "sessions": (
        "How many stretches of work the farm recorded. One job has many, "
        "and one machine may work through several."
    ),
    "average_session": "Run time divided by the number of sessions.",
    "longest_session": "The run time of the longest single session.",
    "average_session_cost": "What a session costs on average; licences are recorded apart from it.",
    "dearest_session": "The dearest single session; licences are recorded apart from it.",
    "jobs": "How many jobs had work running in this window.",
    "cost_per_hour": "Cost, licences included, divided by these hours.",
    "share": "Its part of the cost of everything shown here.",
    "more": " So it is of what is known: there may be more.",
    "preliminary": remarks.PRELIMINARY,
    "assumed": f"The part of the cost {AT_ASSUMED}: of customer-managed fleets’ workers.",
    "market": "How the fleet’s workers are bought.",
}

WITHOUT_HOURS = (
    "Hours and sessions are left out: with these filters the service does not tell compute from "
    "licences, which meter the same hours. The costs are complete."
)

WAITS_FOR_ITS_TURN = "Other pages are being worked out just now: this one is in line."

WITHOUT_HISTORY = "Nothing of it is in history yet."
UNREAD_HISTORY = "History can’t be read now; it may begin earlier."

DEMO = "Demonstration: this farm is simulated, and none of its figures are real."


def dimension_of(column: str) -> Dimension | None:
    """The dimension whose keys a column holds, or None where it is not one's."""
    return next((d for d in Dimension if d.column == column), None)


def usage_type_name(usage_type: str) -> str:
    """A usage type in words; an unknown one as the service writes it."""
    return USAGE_TYPES.get(usage_type, usage_type)


def market_name(market: Market) -> str:
    """How a fleet's workers are bought, in words."""
    return MARKETS[market]


def missing_name(column: str) -> str:
    """What usage is called that has no key in this column."""
    dimension = dimension_of(column)
    return WORDS[dimension].missing if dimension else "None"


def key_name(column: str, key: str, name: str = "") -> str:
    """What a key is called in words: its name where it has one, not yet escaped."""
    if key == MISSING:
        return missing_name(column)
    if key == model.OTHERS and column == Dimension.JOB.column:
        return OTHER_JOBS
    if column == Dimension.USAGE_TYPE.column:
        return usage_type_name(key)
    called, kind = name or key, dimension_of(column)
    return f"{called} ({WORDS[kind].singular})" if kind and is_ours(called, kind) else called


def is_ours(name: str, kind: Dimension) -> bool:
    """Whether a name reads as what pages call all others, or usage without the dimension."""
    read = folded(searchable(name))
    return bool(_OTHERS.fullmatch(read)) or read == folded(WORDS[kind].missing)


def without(dimension: Dimension, *usage_types: str) -> str:
    """What usage without a key is: of those usage types, where they are known.

    Empty where there is nothing to say.
    """
    named = [usage_type_name(one) or "usage of no type" for one in usage_types]
    named = [one[0].lower() + one[1:] if one in USAGE_TYPES.values() else one for one in named]
    if named:
        return f"{WORDS[dimension].missing}: {', '.join(named)}."
    if dimension not in _WITHOUT:
        return ""
    return f"{WORDS[dimension].missing}: usage without one, such as {_WITHOUT[dimension]}."


def not_all_jobs(listed: int, many: int) -> str:
    """That a table does not list every job, and where every job is."""
    return (
        f"{listed:,} of {many:,} jobs are listed: the dearest, and those with the most run time. "
        "The others are one row, in the CSV too. `python -m stats report --by job` writes every "
        "job to a file."
    )


def deleted(name: str) -> str:
    """What a queue or fleet is called that the farm has not any more."""
    return f"{name} (deleted)"


def not_listed(kind: Dimension, ids: Sequence[str]) -> str:
    """What there is to say of queues or fleets that are filtered by and not the farm's now."""
    return (
        f"Not among the farm’s {WORDS[kind].plural} now: {', '.join(ids)}. "
        "Work done there before it was deleted counts."
    )


def or_more(title: str, *, more: bool) -> str:
    """A heading over amounts, with a word where there may be more of all of them."""
    return f"{title}, at least" if more else title


def every(plural: str, *, more: bool) -> str:
    """A heading over a table of all of some things; where there may be more, it does not say so."""
    return sentence(plural) if more else f"All {plural}"


BY_DAYS = "Drawn by days: not all is known of the hours of this window."


def longer_periods(chosen: Period, drawn: Period) -> str:
    """Why a chart over time is not drawn by the period that was chosen."""
    return f"Drawn by {_PERIODS[drawn]}: this window has too many {_PERIODS[chosen]} for one chart."


def counted(dimension: Dimension, number: int) -> str:
    """A number of things: 1 user, 1,234 jobs."""
    words = WORDS[dimension]
    return f"{number:,} {words.singular if number == 1 else words.plural}"


def sentence(said: str) -> str:
    """Words as a sentence begins."""
    return said[:1].upper() + said[1:]
