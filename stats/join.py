"""A base cut's rows joined with its witnesses, filtered and added up, in DuckDB.

What a witness shows is taken exactly or not at all: where a key that matters has usage both
inside and outside of what is asked, or two values where one is to be shown, `Ambiguous` is raised.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd

from stats import laws, remark, search
from stats.model import MISSING, Dimension
from stats.plan import Plan, Witness, needed
from stats.relation import one_of, take
from stats.remark import Remark
from stats.wire import MEASURES


def _edge(name: str) -> str:
    """The smallest or largest of all, as SQL; null where one of the rows does not know its own."""
    how = name.rsplit("_", 1)[-1]
    return f"CASE WHEN count({name}) = count(*) THEN {how}({name}) END AS {name}"


ADDED_UP = ", ".join(
    [
        "CAST(sum(count) AS BIGINT) AS count",
        *(f"fsum({unit}_sum) AS {unit}_sum" for unit in laws.UNITS),
        *map(_edge, laws.EDGES),
    ]
)
"""Rows as one, in SQL: the same as `rollup.COMPOSE`."""

_USED = "(count <> 0 OR cost_usd_sum <> 0 OR runtime_seconds_sum <> 0)"


class Ambiguous(Exception):
    """A key holds usage both inside and outside of what was asked: the plan can't tell it apart."""


@dataclass(frozen=True)
class _Shown:
    """A witness that has been joined as the table `shown`; `kept` are the values that are asked.

    One that is `complete` knows every key.
    """

    witness: Witness
    shown: str
    kept: frozenset[str] | None
    complete: bool

    @property
    def is_unknown(self) -> str:
        return f"{self.shown}.key IS NULL"

    @property
    def join(self) -> str:
        kind = "JOIN" if self.complete else "LEFT JOIN"
        return f" {kind} {self.shown} ON {self.shown}.key = base.{self.witness.key.column}"

    @property
    def keeps_unknown(self) -> bool:
        """Whether usage whose value is not known belongs to what is asked."""
        return self.kept is None or MISSING in self.kept

    def meets(self, *, strictly: bool) -> str:
        """The condition on a row; strictly, a key that the witness does not know is left out."""
        if self.kept is None:
            return "TRUE"
        if self.complete:
            return f"{self.shown}.inside"
        unknown = self.is_unknown if self.keeps_unknown or not strictly else "FALSE"
        return f"({self.shown}.inside OR {unknown})"


class Joined:
    """The views `base` and `pairs_0`, `pairs_1`, … of a connection, as a plan joins them.

    A witness that is `complete`, as one that holds all records, knows every key, and need not be
    looked through for those that it does not. Jobs that are `found` elsewhere by the text that is
    asked for are found here too.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        plan: Plan,
        complete: Collection[Witness] = (),
        found: Collection[str] = (),
    ) -> None:
        self._con = con
        self._plan = plan
        self._complete = complete
        self._found = found
        columns = {name for name, *_ in con.execute("DESCRIBE base").fetchall()}
        self._named_at = search.named_at(remembered="fetched_at" in columns)
        self._has = {dimension for dimension in Dimension if dimension.column in columns}
        self._shown: list[_Shown] = []
        self._conditions: list[str] = []
        self.names: dict[str, frozenset[str]] = {}
        """All names of jobs that a text has found, by id, where jobs are all listed."""

    def scope(self) -> tuple[float, int]:
        """Cost and records of the base cut's rows within the scope, before the filters.

        To be asked before `rows`.
        """
        scope, within = self._plan.asks.scope.dimension, self._plan.within
        if within is not None:
            self._keep(scope, within)
        (found,) = self._con.execute(
            f"SELECT fsum(cost_usd_sum), sum(count) FROM {self._rows()}"
        ).fetchall()
        return float(found[0] or 0.0), int(found[1] or 0)

    def rows(self, periods: Mapping[int, int]) -> tuple[str, tuple[Remark, ...]]:
        """What is asked, not yet added up, as SQL with `period`; what is not placed.

        `periods` are the numbers of buckets' periods. Raises Ambiguous.
        """
        numbers = pd.DataFrame({"bucket": periods.keys(), "period": periods.values()})
        take(self._con, "periods", numbers.astype("int64"))
        if self._plan.asks.job_name_contains:
            self._search(self._plan.asks.job_name_contains)
        filters = self._filters()
        for dimension in sorted(filters.keys() & self._has):
            self._keep(dimension, filters[dimension])
        for witness in sorted(self._plan.witnesses, key=lambda one: one.value not in filters):
            if all(one.witness != witness for one in self._shown):
                self._join(witness, filters.get(witness.value))
        found = (self._not_placed(n) for n, one in enumerate(self._shown) if not one.complete)
        keys = [dimension.column for dimension in self._plan.asks.by]
        at = f"{self._named_at} AS named_at"
        names = [at, "job_name"] if Dimension.JOB in self._plan.asks.by else []
        columns = ", ".join(["period", *keys, *names, *MEASURES])
        sql = f"SELECT {columns} FROM {self._rows()} JOIN periods USING (bucket) WHERE {_USED}"
        return sql, tuple(one for one in found if one)

    @property
    def is_narrow(self) -> bool:
        """Whether a witness or a text leaves some of the keys only."""
        text = self._plan.asks.job_name_contains
        return bool(text) or any(one.kept is not None for one in self._shown)

    def _filters(self) -> dict[Dimension, frozenset[str]]:
        """What is kept of each dimension; of the scope's own, no more was fetched than is asked."""
        asks = self._plan.asks
        needs = needed(asks) - {asks.scope.dimension}
        return {f.dimension: f.values for f in asks.where if f.dimension in needs}

    def _keep(self, dimension: Dimension, values: frozenset[str]) -> None:
        if dimension in self._has:
            self._conditions.append(f"{dimension.column} IN {one_of(values)}")
        else:
            self._join(next(w for w in self._plan.witnesses if w.value is dimension), values)

    def _search(self, text: str) -> None:
        """Keeps jobs by a text in any of their names; before the filters, which may leave few."""
        rows = self._rows(strictly=False)
        search.find(self._con, text, rows, self._found)
        if self._plan.asks.most_jobs is None:
            self.names = search.names_of_found(self._con, rows)
        self._conditions.append("job_id IN (SELECT job_id FROM found)")

    def _join(self, witness: Witness, kept: frozenset[str] | None) -> None:
        """Joins a witness, of which some values are kept or (None) all. Raises Ambiguous."""
        n = self._plan.witnesses.index(witness)
        key, value = witness.key.column, witness.value.column
        inside = "TRUE" if kept is None else f"{value} IN {one_of(kept)}"
        shown = _Shown(witness, f"told_{n}", kept, witness in self._complete)
        of_interest = self._of_interest(shown, f"pairs_{n}", inside)
        self._con.execute(
            f"CREATE TEMP TABLE told_{n} AS SELECT DISTINCT {key} AS key, {value} AS value, "
            f"{inside} AS inside FROM pairs_{n} WHERE {of_interest}"
        )
        if witness.key is Dimension.USAGE_TYPE:
            # a usage type tells only that something is missing: see plan._ONLY_OF
            self._check(witness, f"SELECT key FROM told_{n} WHERE value <> ''")
        if not self._tells_each_key_once(n):
            self._check_each_key(witness, n, kept)
        self._shown.append(shown)

    def _tells_each_key_once(self, n: int) -> bool:
        """Surely so; where hashes collide, not."""
        sql = f"SELECT count(*) = count(DISTINCT hash(key)) FROM told_{n}"
        return bool(self._con.execute(sql).fetchall()[0][0])

    def _check_each_key(self, witness: Witness, n: int, kept: frozenset[str] | None) -> None:
        """Makes each key one row; raises Ambiguous where that can't be and the key counts."""
        if kept is not None:
            torn = f"told_{n} GROUP BY key HAVING count(DISTINCT inside) > 1"
            self._check(witness, f"SELECT key FROM {torn}")
        if witness.value in self._plan.asks.by:
            several = f"told_{n} WHERE inside GROUP BY key HAVING count(*) > 1"
            self._check(witness, f"SELECT key FROM {several}")
        self._con.execute(
            f"CREATE OR REPLACE TEMP TABLE told_{n} AS SELECT key, min(value) AS value, "
            f"bool_or(inside) AS inside FROM told_{n} GROUP BY key"
        )

    def _of_interest(self, new: _Shown, pairs: str, inside: str) -> str:
        """Which keys of a witness are looked at: none that no row will have in the end."""
        key = new.witness.key
        wanted = [
            f"{key.column} IN (SELECT key FROM {one.shown} WHERE inside)"
            for one in self._shown
            if one.complete and one.kept is not None and one.witness.key is key
        ]
        if new.complete and new.kept is not None and key is not Dimension.USAGE_TYPE:
            wanted.append(f"{key.column} IN (SELECT {key.column} FROM {pairs} WHERE {inside})")
        return " AND ".join(wanted) or "TRUE"

    def _check(self, witness: Witness, torn: str) -> None:
        """Raises Ambiguous where any of those keys is in a row that counts."""
        if not self._con.execute(f"{torn} LIMIT 1").fetchall():
            return
        sql = f"SELECT 1 FROM {self._rows()} WHERE {witness.key.column} IN ({torn}) LIMIT 1"
        if self._con.execute(sql).fetchall():
            raise Ambiguous

    def _rows(self, *, strictly: bool = True, until: int | None = None) -> str:
        """What is joined and kept by now, as a table of SQL; strictly only `until` a witness."""
        joins = "".join(one.join for one in self._shown)
        until = (len(self._shown) if strictly else 0) if until is None else until
        meets = [one.meets(strictly=n < until) for n, one in enumerate(self._shown)]
        values = [
            f"coalesce({one.shown}.value, '') AS {one.witness.value.column}"
            for one in self._shown
            if one.witness.value in self._plan.asks.by
        ]
        unknown = [f"{one.is_unknown} AS unknown_{n}" for n, one in enumerate(self._shown)]
        columns = ", ".join(["base.*", *values, *unknown])
        conditions = " AND ".join([*self._conditions, *meets]) or "TRUE"
        return f"(SELECT {columns} FROM base{joins} WHERE {conditions})"

    def _not_placed(self, n: int) -> Remark | None:
        """What of the rows a witness can't place; None where it places all."""
        shown = self._shown[n]
        key, value = shown.witness.key, shown.witness.value
        ((cost, keys),) = self._con.execute(
            f"SELECT fsum(cost_usd_sum), count(DISTINCT {key.column}) "
            f"FROM {self._rows(until=n)} WHERE unknown_{n} AND {_USED}"
        ).fetchall()
        filtered = shown.kept is not None
        return remark.not_placed(cost, keys, key, value, filtered=filtered) if keys else None
