"""A base cut's rows joined with its witnesses, filtered and added up, in DuckDB.

What a witness shows is taken exactly or not at all: where a key that matters has usage both
inside and outside of what is asked, or two values where one is to be shown, `Ambiguous` is raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd

from stats.model import MISSING, Dimension
from stats.plan import Plan, Witness, needed
from stats.relation import one_of, take

ADDED_UP = """CAST(sum(count) AS BIGINT) AS count,
    fsum(cost_usd_sum) AS cost_usd_sum,
    min(cost_usd_min) AS cost_usd_min,
    max(cost_usd_max) AS cost_usd_max,
    fsum(runtime_seconds_sum) AS runtime_seconds_sum,
    min(runtime_seconds_min) AS runtime_seconds_min,
    max(runtime_seconds_max) AS runtime_seconds_max"""
"""Rows as one, in SQL: the same as `rollup.COMPOSE`."""

_USED = "(count <> 0 OR cost_usd_sum <> 0 OR runtime_seconds_sum <> 0)"


class Ambiguous(Exception):
    """A key holds usage both inside and outside of what was asked: the plan can't tell it apart."""


@dataclass(frozen=True)
class _Shown:
    """A witness that has been joined as the table `shown`; `kept` are the values that are asked."""

    witness: Witness
    shown: str
    kept: frozenset[str] | None

    @property
    def is_unknown(self) -> str:
        return f"{self.shown}.key IS NULL"

    @property
    def keeps_unknown(self) -> bool:
        """Whether usage whose value is not known belongs to what is asked."""
        return self.kept is None or MISSING in self.kept

    def meets(self, *, strictly: bool) -> str:
        """The condition on a row; strictly, a key that the witness does not know is left out."""
        if self.kept is None:
            return "TRUE"
        unknown = self.is_unknown if self.keeps_unknown or not strictly else "FALSE"
        return f"({self.shown}.inside OR {unknown})"


class Joined:
    """The views `base` and `pairs_0`, `pairs_1`, … of a connection, as a plan joins them."""

    def __init__(self, con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
        self._con = con
        self._plan = plan
        columns = {name for name, *_ in con.execute("DESCRIBE base").fetchall()}
        self._has = {dimension for dimension in Dimension if dimension.column in columns}
        self._shown: list[_Shown] = []
        self._conditions: list[str] = []

    def scope(self) -> tuple[float, int]:
        """Cost and records of the base cut's rows within the scope, before the filters.

        To be asked before `table`.
        """
        scope, within = self._plan.asks.scope.dimension, self._plan.within
        if within is not None:
            self._keep(scope, within)
        (found,) = self._con.execute(
            f"SELECT fsum(cost_usd_sum), sum(count) FROM {self._rows(strictly=True)}"
        ).fetchall()
        return float(found[0] or 0.0), int(found[1] or 0)

    def table(self, periods: Mapping[int, int]) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """Rows by `period` and key, and what could not be placed, in words.

        `periods` are the numbers of buckets' periods.
        """
        numbers = pd.DataFrame({"bucket": periods.keys(), "period": periods.values()})
        take(self._con, "periods", numbers.astype("int64"))
        filters = self._filters()
        for dimension in sorted(filters.keys() & self._has):
            self._keep(dimension, filters[dimension])
        if self._plan.asks.job_name_contains:
            self._search(self._plan.asks.job_name_contains)
        for witness in self._plan.witnesses:
            if all(one.witness != witness for one in self._shown):
                self._join(witness, filters.get(witness.value))
        notes: list[str] = []
        return self._placed(self._grouped(), notes), tuple(notes)

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
        names = self._con.execute(f"SELECT DISTINCT job_name FROM {self._rows()}").df()
        found = names["job_name"].str.casefold().str.contains(text.casefold(), regex=False)
        take(self._con, "found", names[found])
        self._conditions.append("job_name IN (SELECT job_name FROM found)")

    def _join(self, witness: Witness, kept: frozenset[str] | None) -> None:
        """Joins a witness, of which some values are kept or (None) all. Raises Ambiguous."""
        n = self._plan.witnesses.index(witness)
        key, value = witness.key.column, witness.value.column
        inside = "TRUE" if kept is None else f"{value} IN {one_of(kept)}"
        self._con.execute(
            f"CREATE TEMP TABLE told_{n} AS "
            f"SELECT DISTINCT {key} AS key, {value} AS value, {inside} AS inside FROM pairs_{n}"
        )
        if witness.key is Dimension.USAGE_TYPE:
            # a usage type tells only that something is missing: see plan._ONLY_OF
            self._check(witness, f"SELECT key FROM told_{n} WHERE value <> ''")
        if not self._tells_each_key_once(n):
            if kept is not None:
                self._check(
                    witness,
                    f"SELECT key FROM told_{n} GROUP BY key HAVING count(DISTINCT inside) > 1",
                )
            if witness.value in self._plan.asks.by:
                several = f"told_{n} WHERE inside GROUP BY key HAVING count(*) > 1"
                self._check(witness, f"SELECT key FROM {several}")
            self._con.execute(
                f"CREATE OR REPLACE TEMP TABLE told_{n} AS SELECT key, min(value) AS value, "
                f"bool_or(inside) AS inside FROM told_{n} GROUP BY key"
            )
        self._shown.append(_Shown(witness, f"told_{n}", kept))

    def _tells_each_key_once(self, n: int) -> bool:
        sql = f"SELECT count(*) = count(DISTINCT key) FROM told_{n}"
        return bool(self._con.execute(sql).fetchall()[0][0])

    def _check(self, witness: Witness, torn: str) -> None:
        """Raises Ambiguous where any of those keys is in a row that counts."""
        if not self._con.execute(f"{torn} LIMIT 1").fetchall():
            return
        rows = self._rows(strictly=True)
        sql = f"SELECT 1 FROM {rows} WHERE {witness.key.column} IN ({torn}) LIMIT 1"
        if self._con.execute(sql).fetchall():
            raise Ambiguous

    def _rows(self, *, strictly: bool = True) -> str:
        """What is joined and kept by now, as a table of SQL."""
        joins = "".join(
            f" LEFT JOIN {one.shown} ON {one.shown}.key = base.{one.witness.key.column}"
            for one in self._shown
        )
        conditions = [*self._conditions, *(one.meets(strictly=strictly) for one in self._shown)]
        values = [
            f"coalesce({one.shown}.value, '') AS {one.witness.value.column}"
            for one in self._shown
            if one.witness.value in self._plan.asks.by
        ]
        unknown = [f"{one.is_unknown} AS unknown_{n}" for n, one in enumerate(self._shown)]
        columns = ", ".join(["base.*", *values, *unknown])
        return f"(SELECT {columns} FROM base{joins} WHERE {' AND '.join(conditions) or 'TRUE'})"

    def _grouped(self) -> pd.DataFrame:
        """Rows by period and key, those whose witness does not know them apart from others."""
        asks = self._plan.asks
        keys = ["period", *(dimension.column for dimension in asks.by)]
        keys += [f"unknown_{n}" for n in range(len(self._shown))]
        names = ["max(job_name) AS job_name"] if Dimension.JOB in asks.by else []
        columns = ", ".join([*keys, *names, ADDED_UP])
        return self._con.execute(
            f"SELECT {columns} FROM {self._rows(strictly=False)} JOIN periods USING (bucket) "
            f"WHERE {_USED} GROUP BY {', '.join(keys)}"
        ).df()

    def _placed(self, table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
        """Without the columns of what is unknown; those rows are said, and kept where asked."""
        for n, one in enumerate(self._shown):
            unknown = table.pop(f"unknown_{n}").astype(bool)
            if unknown.any():
                notes.append(self._note(n, one, float(table.loc[unknown, "cost_usd_sum"].sum())))
                table = table if one.keeps_unknown else table[~unknown]
        return table

    def _note(self, n: int, one: _Shown, cost: float) -> str:
        key = one.witness.key
        ((keys,),) = self._con.execute(
            f"SELECT count(DISTINCT {key.column}) FROM {self._rows(strictly=False)} "
            f"WHERE unknown_{n} AND {_USED}"
        ).fetchall()
        return (
            f"USD {cost:,.2f} belongs to {keys} {key.words} key(s) "
            f"whose {one.witness.value.words} the service does not name."
        )
