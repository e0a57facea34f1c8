"""A simulated Deadline Cloud on its own: `python -m simulator --port 8765 --seed 7`."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from datetime import datetime

from simulator.build import build_world
from simulator.faults import KINDS, Fault, Kind
from simulator.operations import OPERATIONS
from simulator.server import Simulator, real_clock
from simulator.settings import SimulatorSettings

_HOW_TO = """\
Simulated Deadline Cloud and identity store: {url}

  export AWS_ENDPOINT_URL_DEADLINE={url}
  export AWS_ENDPOINT_URL_IDENTITYSTORE={url}
  export AWS_ACCESS_KEY_ID=simulated AWS_SECRET_ACCESS_KEY=simulated AWS_DEFAULT_REGION=us-west-2

boto3 puts "management." before the host unless told not to, on loopback too:

  boto3.client("deadline", config=botocore.config.Config(inject_host_prefix=False))

Farms:
{farms}

Ctrl-C ends it."""


def main(arguments: list[str] | None = None) -> int:
    """Serves until interrupted; exit code 2 if the port is taken, or nothing can be told."""
    asked = _parser().parse_args(arguments)
    world = build_world(seed=asked.seed, now=asked.now)
    simulator = Simulator(world, _settings(asked), port=asked.port)
    simulator.faults.add(*asked.fault)
    try:
        simulator.start()
    except OSError as error:
        print(f"Port {asked.port} can't be used: {error.strerror}", file=sys.stderr)
        return 2
    try:
        farms = "\n".join(f"  {farm.farm_id}  {farm.display_name}" for farm in world.farms)
        print(_HOW_TO.format(url=simulator.url, farms=farms), flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # where what is left goes at the end
        print(f"Nothing can be told: {error.strerror}.", file=sys.stderr)
        return 2
    finally:
        simulator.stop()
    return 0


def _settings(asked: argparse.Namespace) -> SimulatorSettings:
    return SimulatorSettings(
        running_base_seconds=asked.running_seconds,
        running_seconds_per_thousand=asked.running_seconds_per_thousand,
        page_size=asked.page_size,
        list_page_size=asked.list_page_size,
        timeout_records=asked.timeout_records,
        job_names=not asked.no_job_names,
        drop_missing_keys=asked.drop_missing_keys,
        page_seconds=asked.page_seconds,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    add = parser.add_argument
    add("--port", type=_port, default=8765, help="0 is any free one (default: %(default)s)")
    add("--seed", type=int, default=7, help="which world (default: %(default)s)")
    add("--now", type=_instant, default=real_clock(), help="the world's now, ISO 8601 with offset")
    add("--page-size", type=int, default=100, metavar="ROWS", help="rows a page of an aggregation")
    add("--list-page-size", type=int, default=100, metavar="ITEMS", help="items a page elsewhere")
    add("--running-seconds", type=float, default=1.5, help="how long any aggregation runs")
    add("--running-seconds-per-thousand", type=float, default=0.02, help="more per 1000 records")
    add("--page-seconds", type=float, default=0.0, help="how long an answer with rows takes")
    add("--timeout-records", type=int, help="more records than this end in TIMEOUT")
    add("--no-job-names", action="store_true", help="rows by job don't carry the job's name")
    add("--drop-missing-keys", action="store_true", help="no rows without a grouped field")
    kinds = ", ".join(KINDS)
    add(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="OPERATION:KIND[:TIMES]",
        help=f"what goes wrong, always if TIMES is left out; OPERATION * is any; KIND: {kinds}",
    )
    return parser


def _instant(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} lacks an offset from UTC")
    return read


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text} is no port: give 0 to 65535")
    return int(text)


def _fault(text: str) -> Fault:
    operation, _, rest = text.partition(":")
    kind, _, times = rest.partition(":")
    if operation != "*" and operation not in OPERATIONS:
        raise argparse.ArgumentTypeError(f"no such operation: {operation}")
    known: dict[str, Kind] = {name: name for name in KINDS}
    if kind not in known:
        raise argparse.ArgumentTypeError(f"no such kind: {kind} (there are {', '.join(KINDS)})")
    retry_after = 2 if kind == "throttle" else None
    how_often = int(times) if times else None
    return Fault(operation, known[kind], how_often, retry_after=retry_after, seconds=5.0)


if __name__ == "__main__":
    sys.exit(main())
