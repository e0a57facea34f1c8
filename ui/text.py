"""Every word that is shown: names of things, help beside numbers, introductions, empty states.

British spelling, short sentences, a producer's words. Names that come from the service are not
here; they are escaped where they are drawn (`ui.format`).
"""

from __future__ import annotations

from dataclasses import dataclass

from stats.model import MISSING, Basis, Dimension, Market, Period

APP = "Farm Costs"
OTHERS = "Others"
PRELIMINARY = "preliminary"


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

MARKETS = {
    Market.ON_DEMAND: "On-demand",
    Market.SPOT: "Spot",
    Market.WAIT_AND_SAVE: "Wait and save",
    Market.CUSTOMER_MANAGED: "Customer-managed",
    Market.UNKNOWN: "Not known",
}

PERIODS = {
    Period.HOURLY: "Hour",
    Period.DAILY: "Day",
    Period.WEEKLY: "Week",
    Period.MONTHLY: "Month",
    Period.TOTAL: "Whole window",
}

BASIS = (
    "An estimate by AWS from public prices and run time, in US dollars; workers of "
    "customer-managed fleets count at an assumed 1 US dollar an hour. Your bill may differ."
)

BASIS_DETAIL = (
    "The figures are AWS’s own estimate: run time multiplied by public prices. They leave out "
    "discounts, tax, and the time in which workers start or wait. Workers of "
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
    "users": "How many people had work running in this window.",
    "jobs": "How many jobs had work running in this window.",
    "average_cost": "Cost divided by the number of recorded sessions.",
    "cost_per_hour": "Cost divided by the hours that workers ran.",
    "cost_usd_sum": "Added up over all recorded sessions.",
    "cost_usd_min": "The cheapest single session.",
    "cost_usd_max": "The dearest single session.",
    "cost_usd_avg": "Cost divided by the number of sessions.",
    "runtime_seconds_sum": "Run time added up over all recorded sessions.",
    "runtime_seconds_min": "The shortest single session.",
    "runtime_seconds_max": "The longest single session.",
    "runtime_seconds_avg": "Run time divided by the number of sessions.",
    "count": "Recorded sessions: not jobs, and not machines.",
    "share": "Its part of the cost of everything shown here.",
    "change": "Compared with the stretch of the same length just before this window.",
    "unattributed": (
        "Part of the total that AWS does not assign to any row of this breakdown. "
        "It is in the total, but in none of the rows."
    ),
    "preliminary": "Work of the last days may still be counted, so these figures can grow.",
    "as_of": "Figures end with the last full hour before this time.",
    "scale_factor": "Set on the farm by its owner. It is already in all figures.",
    "market": "How the fleet’s workers are bought.",
    "usage_type": "What is charged for: machines, licences, or storage kept between sessions.",
}

COLUMNS = {
    "period_start": "From",
    "period_end": "Until",
    "job_name": "Job",
    "user_name": "User",
    "count": "Sessions",
    "cost_usd_sum": "Cost",
    "cost_usd_min": "Cheapest session",
    "cost_usd_max": "Dearest session",
    "cost_usd_avg": "Average per session",
    "runtime_seconds_sum": "Run time",
    "runtime_seconds_min": "Shortest session",
    "runtime_seconds_max": "Longest session",
    "runtime_seconds_avg": "Average session",
    "share": "Share",
    "change": "Change",
    "market": "Market",
}
"""Headers of the columns of numbers and times; a dimension's comes from WORDS."""

INTROS = {
    "overview": "What rendering cost in this window, and where the money went.",
    "users": "Who rendered, and what it cost.",
    "jobs": "Every job that ran in this window, dearest first.",
    "queues": "What each queue cost.",
    "fleets": "What each fleet cost, and how its workers are bought.",
    "instances": "Which machines did the work, and at what price.",
    "licences": "Which software licences were in use, and what they cost.",
    "hours": "When the farm is busy, hour by hour.",
    "compare": "This window beside the one before it.",
    "about": "Where the figures come from, and how far they can be trusted.",
}

EMPTY = {
    "usage": "Nothing ran in this window.",
    "filtered": "Nothing in this window matches the filters.",
    "farms": "There are no farms that you may see.",
    "queues": "This farm has no queues.",
    "fleets": "This farm has no fleets.",
    "licences": "No metered licences were used in this window.",
    "comparison": "There is nothing before this window to compare it with.",
    "scope": "Choose at least one queue or fleet.",
}

DEMO = "Demonstration: this farm is simulated, and none of its figures are real."


def dimension_of(column: str) -> Dimension | None:
    """The dimension whose keys a column holds, or None where it is not one's."""
    return next((d for d in Dimension if d.column == column), None)


def column_title(column: str) -> str:
    """The header of a table's column; one without a word of its own is shown as it is."""
    dimension = dimension_of(column)
    return WORDS[dimension].header if dimension else COLUMNS.get(column, column)


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
    if column == Dimension.USAGE_TYPE.column:
        return usage_type_name(key)
    return name or key


def counted(dimension: Dimension, number: int) -> str:
    """A number of things: 1 user, 1,234 jobs."""
    words = WORDS[dimension]
    return f"{number:,} {words.singular if number == 1 else words.plural}"


def basis(of: Basis) -> str:
    """The one sentence beside a total, with the farm's scale factor where it is not 1."""
    if of.cost_scale_factor in (None, 1):
        return BASIS
    return f"{BASIS} The farm’s cost scale factor of {of.cost_scale_factor:g} is included."


def waiting_for_others() -> str:
    """Said while somebody else's aggregation runs: a farm computes one at a time."""
    return "Somebody else is asking this farm for statistics. It answers one at a time."
