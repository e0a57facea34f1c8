"""Files of the former format as a test wants them, where none of the release's own would do."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import datetime

import pyarrow.parquet as pq

from stats.dayfile import Shelf, schema
from stats.model import Window
from stats.store import name_of


def sealed(shelf: Shelf, days: Sequence[Window], asked: datetime) -> tuple[str, bytes]:
    """The name and the bytes of a file of days without usage."""
    about = {
        "format": "farm-costs history 1",
        "folder": shelf.folder,
        "days": [[day.start.isoformat(), day.end.isoformat()] for day in days],
        "rows": 0,
        "farm_name": "Features",
        "resources": {"queue-a": "Comp"},
        "cost_scale_factor": 1.0,
        "source": "aws",
        "fetched_at": asked.isoformat(),
    }
    table = schema(shelf.by, former=True).empty_table()
    file = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"farm_costs": json.dumps(about)}), file)
    return name_of(days[0].start, days[-1].end), file.getvalue()
