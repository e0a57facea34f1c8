"""How the simulated service behaves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SimulatorSettings:
    """Limits and habits of the simulated service.

    An aggregation runs `running_base_seconds` and `running_seconds_per_thousand` for every
    thousand records it is about; with more than `timeout_records` it ends TIMEOUT (None: never).
    `page_size` (rows of an aggregation) and `list_page_size` (everything else) are both the
    default and the largest page, at most 100. `job_names` is whether rows by job carry the job's
    name. `page_seconds` is what an answer of GetSessionsStatisticsAggregation takes on its way.
    `drop_missing_keys` leaves out records that lack a grouped field, in place of rows
    without it: what the real service does is not documented.
    """

    running_base_seconds: float = 0.0
    running_seconds_per_thousand: float = 0.0
    page_size: int = 100
    list_page_size: int = 100
    timeout_records: int | None = None
    job_names: bool = True
    drop_missing_keys: bool = False
    page_seconds: float = 0.0

    def __post_init__(self) -> None:
        for size in (self.page_size, self.list_page_size):
            if not 1 <= size <= 100:
                raise ValueError(f"a page has 1 to 100 items, not {size}")
