"""One sentence that is said of a report, and the sentences that the engine's own parts find.

What follows from a report as a whole is said in `stats.remarks`, and of two that are compared in
`stats.comparison`, and of what was deleted in `stats.deletions`; all words are in these four.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from stats import amounts, moments
from stats.model import Dimension, Window
from stats.zone import Zone


class RemarkKind(StrEnum):
    """What a remark is about; in the order in which they are said."""

    BASIS = "basis"
    SCALE_FACTOR = "scale_factor"
    OTHER_FACTOR = "other_factor"
    ASSUMED = "assumed"
    COMPARISON = "comparison"
    NOTHING = "nothing"
    UNKNOWN = "unknown"
    DOUBTFUL = "doubtful"
    PRELIMINARY = "preliminary"
    UNATTRIBUTED = "unattributed"
    VOLUMES = "volumes"
    NOT_PLACED = "not_placed"
    MAY_MATCH = "may_match"
    SERVICE = "service"
    HISTORY = "history"
    IN_NO_ROW = "in_no_row"
    ZONE = "zone"
    DELETED = "deleted"
    LEFT_OUT = "left_out"
    NAMES = "names"


@dataclass(frozen=True)
class Remark:
    """A sentence or two about a report, as plain text for a page, a file or a terminal."""

    kind: RemarkKind
    text: str


NOT_READ = Remark(
    RemarkKind.DOUBTFUL,
    "What history has of settled days could not be read: usage that the service tells no more, of "
    "what was deleted or is long ago, is not in this.",
)


def said(kind: RemarkKind, text: str) -> tuple[Remark, ...]:
    """Words that stand already, as a remark; none where there are none."""
    return (Remark(kind, text),) if text else ()


def nameless(*why: str) -> tuple[Remark, ...]:
    """What kept jobs or people from being named, each reason once; empty ones are none."""
    return tuple(Remark(RemarkKind.NAMES, text) for text in dict.fromkeys(why) if text)


def money(dollars: float) -> str:
    """US dollars with cents; less than a cent to the millionth of a dollar."""
    return f"{'−' if dollars < 0 else ''}${amounts.size(dollars)}"


def assumed(cost_usd: float, *, of_all: bool = True) -> Remark:
    """What of the money is at an assumed price, of all fleets or of those that are known."""
    of = "" if of_all else " That is of fleets that are listed now, or that history has heard of."
    return Remark(
        RemarkKind.ASSUMED,
        f"Of this {money(cost_usd)} at an assumed 1 USD an hour: workers of customer-managed "
        f"fleets have no price that AWS knows.{of}",
    )


def assumed_in_part(cost_usd: float, deleted_usd: float, strange: float, lacking: float) -> Remark:
    """What of the money is, and how much may be: of fleets that are gone or new, and of no row."""
    found = [f"{money(deleted_usd)} by fleets that were deleted since"] if deleted_usd else []
    found += [f"{money(strange)} by fleets of a kind that is new here"] if strange else []
    found += [f"up to {money(lacking)} that is told by no fleet"] if lacking else []
    any_more = " any more" if deleted_usd or lacking else ""
    doubtful = f"{' and '.join(found)} it is not known{any_more}"
    if not cost_usd:
        text = f"How much of this is at an assumed 1 USD an hour can’t be told: of {doubtful}."
    else:
        text = f"{assumed(cost_usd).text} Of {doubtful}."
    return Remark(RemarkKind.ASSUMED, text)


def assumed_untold(why: str) -> Remark:
    """Why it can't be told how much of the money is at an assumed price."""
    return Remark(
        RemarkKind.ASSUMED,
        f"How much of this is at an assumed 1 USD an hour can’t be told here: {why}",
    )


def not_placed(
    cost_usd: float, keys: int, key: Dimension, value: Dimension, *, filtered: bool = False
) -> Remark:
    """Usage whose key a witness does not know; where that is `filtered` by, no row holds it."""
    whose = f"{keys:,} {key.words}{'' if keys == 1 else 's'}"
    return Remark(
        RemarkKind.MAY_MATCH if filtered else RemarkKind.NOT_PLACED,
        f"{money(cost_usd)} belongs to {whose} whose {value.words} is not known.",
    )


def passed_over(cost_usd: float, jobs: int) -> Remark:
    """What a search by name had to leave out, at most: filters may leave less of it."""
    many, have = (f"{jobs:,} jobs", "have") if jobs > 1 else ("1 job", "has")
    return Remark(
        RemarkKind.MAY_MATCH,
        f"This search by name passes over up to {money(cost_usd)} of this window: {many} {have} no "
        "name that is known to history or to the service. Ids find all jobs.",
    )


def out_of_step(cost_usd: float, count: int, apart: timedelta) -> Remark:
    """Total and rows that were taken at different times, while usage came in.

    Where it is of no cost, by usage records.
    """
    by = money(abs(cost_usd)) if cost_usd else _records(abs(count))
    return Remark(
        RemarkKind.SERVICE,
        f"The total and the rows differ by {by}. They were added up "
        f"{apart / timedelta(minutes=1):.0f} minutes apart, and usage may have come in meanwhile: "
        "asked again later, they may agree.",
    )


def more_than_the_total(cost_usd: float, count: int = 0) -> Remark:
    """Rows that hold more than the total does; where it is of no more money, usage records."""
    by = money(cost_usd) if cost_usd else _records(count)
    return Remark(
        RemarkKind.SERVICE,
        f"The rows hold {by} more than the total by usage type. The service told both: they do "
        "not agree.",
    )


def other_hours(rows: float, total: float) -> Remark:
    """Rows that took another time than their total, of as many records at as much cost."""
    return Remark(
        RemarkKind.SERVICE,
        f"The rows took {rows:,.2f} hours and the total by usage type {total:,.2f}, of as many "
        "usage records at as much cost. The service told both: they do not agree.",
    )


def _records(count: int) -> str:
    return "1 usage record" if count == 1 else f"{count:,} usage records"


def other_factor(factor: float, last: date, now: float) -> Remark:
    """Days whose money holds another scale factor than the farm has now."""
    return Remark(
        RemarkKind.OTHER_FACTOR,
        f"Costs of days up to {last.day} {last:%b %Y} were reported with a cost scale factor of "
        f"{factor:g}; now it is {now:g}.",
    )


def remembered(cost_usd: float, days: int) -> Remark:
    """Usage of settled days that history had, and the service no more when rows were asked for."""
    return Remark(
        RemarkKind.IN_NO_ROW,
        f"{on_days(days)} the service told {money(cost_usd)} less in all when this breakdown was "
        "asked for than it had before. What it told before stands in the total; no row holds the "
        "difference.",
    )


def only_the_total(cost_usd: float, days: int) -> Remark:
    """Usage of what is deleted since that history has the total of, and no such breakdown."""
    return Remark(
        RemarkKind.IN_NO_ROW,
        f"{on_days(days)} history has only the total of what was deleted since, and the service "
        f"can’t be asked any more: {money(cost_usd)} stand in the total, and in no row.",
    )


def late(cost_usd: float, days: int) -> Remark:
    """Usage of settled days that the service has counted late."""
    return Remark(
        RemarkKind.HISTORY,
        f"{on_days(days)}, taken for final before, the service now tells {money(cost_usd)} more "
        "than history has. It counts here; `collect --verify` takes it into history.",
    )


def on_days(days: int) -> str:
    """That it is of so many days, as the beginning of a sentence."""
    return "On 1 day" if days == 1 else f"On {days:,} days"


def kept(days: Sequence[Window], zone: Zone) -> Remark:
    """Days that were put together of what was kept and what came later."""
    return Remark(
        RemarkKind.HISTORY,
        f"On {_which(days, zone)} the service told less of some of this when it was asked again. "
        "What it told before counts here.",
    )


def came_late(days: Sequence[Window], zone: Zone) -> Remark:
    """Days of which usage came late, or was left of others, that could not be told apart."""
    return Remark(
        RemarkKind.IN_NO_ROW,
        f"On {_which(days, zone)} not all usage could be placed in every breakdown: some came "
        "late, or less was accepted of other usage. What this one lacks of it is in the total, and "
        "unattributed.",
    )


def nobodys(days: Collection[Window], zone: Zone) -> Remark:
    """Days of which an answer tells no more whose some usage was, which history knows otherwise."""
    return Remark(
        RemarkKind.DOUBTFUL,
        f"On {_which(sorted(days, key=lambda day: day.start), zone)} the service tells no more "
        "whose some usage was, or of which job: it stands without. Another breakdown in history "
        "knows that.",
    )


def unchecked(days: Sequence[Window], zone: Zone, why: str) -> Remark:
    """Days of which a part is asked for, where the service could not be asked for all of them."""
    return Remark(
        RemarkKind.DOUBTFUL,
        f"Whether the service still tells as much of {_which(days, zone)} as history has, of which "
        f"this window has a part, could not be looked at. {why}",
    )


def _which(days: Sequence[Window], zone: Zone) -> str:
    return f"1 day ({moments.stretches(days, zone)})" if len(days) == 1 else f"{len(days):,} days"


def snapped(zone: Zone, hours: int) -> Remark:
    """A zone that is not at whole hours from UTC."""
    return Remark(
        RemarkKind.ZONE,
        f"The service takes whole hours only: days of {zone.name} are counted as if "
        f"it were at UTC{hours:+03d}:00.",
    )


NO_SCOPE = Remark(RemarkKind.NOTHING, "The filters leave no queue or fleet.")
LOST = Remark(
    RemarkKind.NOTHING,
    "Nothing is known of these days: history’s files of them can’t be used (`history verify` names "
    "them), and the service, which may have forgotten some of that usage, was not asked.",
)
NOT_YET = Remark(RemarkKind.NOTHING, "No hour of this window has passed yet.")


def unused(kind: Dimension) -> Remark:
    """Of a farm of which no usage is known at all."""
    return Remark(
        RemarkKind.NOTHING,
        f"No usage of this farm’s {kind.words}s is known, in this window or before it. Nothing may "
        "have run, or the service may have forgotten it: such days are not taken for zeros.",
    )
