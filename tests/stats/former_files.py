"""Files of the former format as a test wants them, where none of the release's own would do."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stats.dayfile import Shelf, order, schema
from stats.model import Window
from stats.store import name_of

_RESOURCES = {"queue-a": "Comp"}


def sealed(
    shelf: Shelf,
    days: Sequence[Window],
    asked: datetime,
    rows: pd.DataFrame | None = None,
    resources: Mapping[str, str] = _RESOURCES,
) -> tuple[str, bytes]:
    """The name and the bytes of a file; without `rows`, which have its columns, of no usage."""
    about = {
        "format": "farm-costs history 1",
        "folder": shelf.folder,
        "days": [[day.start.isoformat(), day.end.isoformat()] for day in days],
        "rows": 0 if rows is None else len(rows),
        "farm_name": "Features",
        "resources": dict(resources),
        "cost_scale_factor": 1.0,
        "source": "aws",
        "fetched_at": asked.isoformat(),
    }
    columns = schema(shelf.by, former=True)
    table = columns.empty_table()
    if rows is not None:
        table = pa.Table.from_pandas(rows, columns, preserve_index=False).sort_by(order(shelf))
    file = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"farm_costs": json.dumps(about)}), file)
    return name_of(days[0].start, days[-1].end), file.getvalue()
