"""Files of history with other rows and a right checksum, as a program that errs writes them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stats import seal


def resealed(path: Path, table: pa.Table) -> None:
    """Writes a table in a file's place, with the metadata that it has."""
    file = io.BytesIO()
    with pq.ParquetWriter(file, table.schema, write_page_checksum=True) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({seal.KEY: seal.BLANK})
    path.write_bytes(seal.sealed(file.getvalue()))


def unsealed(path: Path) -> None:
    """Makes it a file as those before wrote them, which have no checksum of all bytes."""
    table = pq.read_table(path, partitioning=None)
    about = json.loads(table.schema.metadata[b"farm_costs"])
    del about["sealed"]
    table = table.replace_schema_metadata({b"farm_costs": json.dumps(about)})
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)
