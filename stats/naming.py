"""The names in a report's rows: as things are called now, or else as they were.

What can't be named is called by its id, and why is said.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from stats import remark
from stats.cuts import Asked
from stats.keeper import Keeper
from stats.model import MISSING, Dimension, FarmId
from stats.names import Names
from stats.past import Past
from stats.people import NONE, Trouble
from stats.remark import Remark


def named(
    table: pd.DataFrame, asked: Asked, past: Past | None, names: Names, keeper: Keeper
) -> tuple[pd.DataFrame, tuple[Remark, ...]]:
    """A report's table with a column of names after each of ids; and what kept some from it."""
    by, troubles = asked.question.by, [NONE]
    if Dimension.JOB in by and past:
        troubles.append(keeper.name_jobs(asked, past.days, table))
    if Dimension.USER in by:
        troubles.append(_people(table, asked, past, names))
    for kind in (Dimension.QUEUE, Dimension.FLEET):
        if kind in by:
            troubles.append(_resources(table, asked, kind, names, keeper))
    if Dimension.JOB in by:
        names.learn_jobs(dict(zip(table["job_id"], table["job_name"], strict=True)))
    return table, remark.nameless(*(trouble.said for trouble in troubles))


def _people(table: pd.DataFrame, asked: Asked, past: Past | None, names: Names) -> Trouble:
    users = set(table["user_id"]) - {MISSING}
    people = asked.names(names).people(asked.question.farm_id, users)
    strangers = [user for user, name in people.names.items() if name == user]
    before = past.people_called(strangers) if past and strangers else {}
    _insert(table, Dimension.USER, people.names | before)
    return NONE if strangers and before.keys() >= set(strangers) else people.trouble


def _resources(
    table: pd.DataFrame, asked: Asked, kind: Dimension, names: Names, keeper: Keeper
) -> Trouble:
    """Queues or fleets; those that the farm lists no more as history knows them."""
    farm_id, keys = asked.question.farm_id, set(table[kind.column]) - {MISSING}
    trouble = NONE
    called: dict[str, str] = {}
    if keys:
        called, trouble = _listed(asked.names(names), farm_id, kind)
    strangers = keys - called.keys()
    before = keeper.scopes.called(farm_id, kind) if strangers else {}
    _insert(table, kind, {key: key for key in keys} | before | called)
    return trouble if strangers - before.keys() else NONE


def _listed(names: Names, farm_id: FarmId, kind: Dimension) -> tuple[dict[str, str], Trouble]:
    """The names of the farm's own now, by id; and why there are none."""
    if kind is Dimension.QUEUE:
        queues, trouble = names.queues_for_names(farm_id)
        return {queue.id: queue.name for queue in queues}, trouble
    fleets, trouble = names.fleets_for_names(farm_id)
    return {fleet.id: fleet.name for fleet in fleets}, trouble


def _insert(table: pd.DataFrame, kind: Dimension, called: Mapping[str, str]) -> None:
    """Adds the column of names; where there is no key there is no name."""
    named = [called.get(key, "") for key in table[kind.column]]
    at = table.columns.get_loc(kind.column)
    assert isinstance(at, int)
    table.insert(at + 1, kind.named, pd.Series(named, index=table.index, dtype="str"))
