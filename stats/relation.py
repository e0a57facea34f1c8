"""A cut's rows as DuckDB reads them: in memory, or in the Parquet files of history.

One database serves the process, with bounded memory; whoever asks has a cursor of his own, and
what is registered on it is gone with it. Nothing is ever installed or fetched for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from stats import scratch
from stats.errors import TooLarge

_MEMORY = "512MB"
"""What DuckDB takes before it writes to disk; the process's other memory comes on top of it."""

INTERRUPTED = "Query interrupted"
"""What the RuntimeError says that DuckDB raises in place of what a signal's handler has raised."""


@dataclass(frozen=True)
class Stored:
    """Rows in files: all of `whole` ones, and of `parts` those that begin at given instants.

    `buckets` are all instants that rows may begin at. Files that are `former` are of the format
    before this one.
    """

    whole: tuple[Path, ...]
    parts: tuple[tuple[Path, tuple[datetime, ...]], ...]
    buckets: tuple[datetime, ...]
    former: frozenset[Path] = frozenset()


Rows = pd.DataFrame | Stored
"""`bucket` of a frame is naive: the local day, or the UTC hour. Stored rows have instants."""


@cache
def _database() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    settings = {
        "memory_limit": _MEMORY,
        "temp_directory": _place_for_more(),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "false",
        "parquet_metadata_cache": "true",
        "TimeZone": "UTC",
    }
    for name, value in settings.items():
        database.execute(f"SET GLOBAL {name} = {quoted(value)}")
    return database


def _place_for_more() -> str:
    """The folder for what memory has no room for; none where there is no place for one.

    A question that would need it is too large then.
    """
    with suppress(OSError):
        return str(scratch.folder())
    return ""


def tidy() -> None:
    """Removes what memory had no room for; whoever asks after that begins anew."""
    _database.cache_clear()
    scratch.tidy()


def opened() -> duckdb.DuckDBPyConnection:
    """A connection of one's own to the process's database, to be closed; times are in UTC."""
    return _database().cursor()


@contextmanager
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """The same, closed in the end."""
    with closing(opened()) as one:
        yield one


@contextmanager
def in_memory() -> Iterator[None]:
    """While rows are added up that there is no other source for; raises TooLarge."""
    try:
        yield
    except duckdb.OperationalError as error:
        raise TooLarge(f"It could not be added up here: {first_line(error)}") from error


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says went wrong, without its advice."""
    return str(error).splitlines()[0]


def register(con: duckdb.DuckDBPyConnection, name: str, rows: Rows) -> None:
    """Makes rows a view of that name, its `bucket`, if it has one, in microseconds since 1970."""
    if isinstance(rows, pd.DataFrame) and "bucket" not in rows:
        take(con, f"{name}_frame", rows)
        source = f"SELECT * FROM {name}_frame"
    elif isinstance(rows, pd.DataFrame):
        take(con, f"{name}_frame", rows)
        source = f"SELECT * REPLACE (epoch_us(bucket) AS bucket) FROM {name}_frame"
    else:
        now = [path for path in rows.whole if path not in rows.former]
        before = [path for path in rows.whole if path in rows.former]
        both = ((now, False), (before, True))
        pieces = [_read(some, former=former) for some, former in both if some]
        for path, at in rows.parts:
            read = _read([path], former=path in rows.former)
            pieces.append(f"{read} WHERE period_start IN {_these(at)}")
        source = " UNION ALL ".join(pieces)
    con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {source}")


def take(con: duckdb.DuckDBPyConnection, name: str, table: pd.DataFrame) -> None:
    """Makes a table in memory known by that name."""
    con.register(name, pa.Table.from_pandas(table, preserve_index=False))


def read_through(path: Path, *, former: bool) -> None:
    """Reads all of a file's rows, and lets go of them; raises what DuckDB raises."""
    with cursor() as con:
        con.execute(f"SELECT count(COLUMNS(*)) FROM ({_read([path], former=former)})").fetchall()


def one_of(keys: Iterable[str]) -> str:
    """Keys as the list that stands after IN."""
    return f"({', '.join(map(quoted, sorted(keys))) or 'NULL'})"


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _read(files: Iterable[Path], *, former: bool) -> str:
    paths = ", ".join(quoted(str(path)) for path in files)
    read = f"read_parquet([{paths}], hive_partitioning = false)"
    added = "fetched_at AS first_asked_at, " if former else ""
    return f"SELECT *, {added}epoch_us(period_start) AS bucket FROM {read}"


def _these(instants: Iterable[datetime]) -> str:
    return f"({', '.join(f'TIMESTAMPTZ {quoted(at.isoformat())}' for at in instants)})"
