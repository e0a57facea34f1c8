"""The command line: `python -m stats farms`, `report …`, `collect …`, `history …`.

Data goes to standard output, progress and messages to standard error. Exit code 0: done;
2: the question is wrong; 3: credentials or permissions; 4: the service failed or did not answer;
5: history can't be read or written; 130 and 143: ended by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pandas as pd

from stats import export, lookup, upkeep
from stats.connect import of_the_command_line
from stats.errors import FarmCostsError, QuestionError
from stats.model import Period, Question, Report, Window
from stats.settings import Settings, load
from stats.teller import Teller
from stats.zone import Zone

_FORMATS: dict[str, Callable[[Report], bytes]] = {
    "table": export.table,
    "json": export.as_json,
    "csv": export.csv,
    "parquet": export.parquet,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = load()
        command: Callable[[argparse.Namespace, Settings], None] = options.command
        command(options, settings)
    except FarmCostsError as error:
        print(f"{error.title}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stats", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    farms = commands.add_parser("farms", help="list the farms")
    farms.add_argument("--format", choices=["table", "json", "csv"], default="table")
    farms.set_defaults(command=_farms)
    report = commands.add_parser("report", help="what a farm cost and how long it ran")
    report.add_argument("--farm", required=True, metavar="ID_OR_NAME")
    scope = report.add_mutually_exclusive_group()
    scope.add_argument("--queues", metavar="ID_OR_NAME,…", help="default: all queues")
    scope.add_argument("--fleets", metavar="ID_OR_NAME,…")
    report.add_argument("--start", required=True, metavar="DATE_OR_HOUR")
    report.add_argument("--end", required=True, metavar="DATE_OR_HOUR", help="exclusive")
    report.add_argument("--timezone", metavar="NAME", help="default: the deployment's")
    report.add_argument("--period", choices=list(Period), default=Period.TOTAL)
    report.add_argument("--by", default="", metavar="DIMENSION,…")
    report.add_argument("--where", action="append", default=[], metavar="DIMENSION=ID_OR_NAME")
    report.add_argument("--job-name", default="", metavar="TEXT", help="text in the job's name")
    report.add_argument("--format", choices=list(_FORMATS), default="table")
    report.add_argument("--output", type=Path, metavar="FILE")
    report.add_argument(
        "-v", "--verbose", action="store_true", help="what became of each aggregation"
    )
    report.set_defaults(command=_report)
    upkeep.add_commands(commands)
    return parser


def _farms(options: argparse.Namespace, settings: Settings) -> None:
    listed = of_the_command_line(settings).names.telling(Teller()).farms()
    farms = [{"farm_id": farm.id, "name": farm.name} for farm in listed]
    frame = pd.DataFrame(farms, columns=["farm_id", "name"])
    if options.format == "json":
        text = json.dumps(farms, ensure_ascii=False, indent=1)
    elif options.format == "csv":
        text = export.csv_of(frame).decode().rstrip("\n")
    else:
        text = frame.map(export.one_line).to_string(index=False) if farms else "No farms."
    print(text)


def _report(options: argparse.Namespace, settings: Settings) -> None:
    reporter = of_the_command_line(settings)
    _can_be_written(options.output)
    zone, tell = Zone(options.timezone or settings.timezone), Teller()
    names = reporter.names.telling(tell)
    farm_id = lookup.farm(names, options.farm)
    question = Question(
        farm_id=farm_id,
        scope=lookup.scope(names, farm_id, options.queues, options.fleets),
        window=Window(lookup.instant(options.start, zone), lookup.instant(options.end, zone)),
        timezone=zone.name,
        by=tuple(lookup.dimension(word) for word in options.by.split(",") if word.strip()),
        job_name_contains=options.job_name,
        period=Period(options.period),
    )
    try:
        where = lookup.filters(reporter, question, options.where, tell)
        report = reporter.ask(replace(question, where=where), tell)
    finally:
        if options.verbose:
            for record in reporter.records(farm_id):
                print(record, file=sys.stderr)
    _write(_FORMATS[options.format](report), options.output)
    if options.format != "table" or options.output:
        print(export.summary(report), file=sys.stderr)


def _can_be_written(output: Path | None) -> None:
    """Raises QuestionError where there is no place for it; said before anything is asked for."""
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        why = "it is a folder" if output.is_dir() else "its folder does not exist"
        raise QuestionError(f"{output} can't be written: {why}.", "Choose another --output.")


def _write(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    half = output.parent / f".{output.name}.{os.getpid()}"
    try:
        half.write_bytes(data)
        half.replace(output)
    except OSError as error:
        raise QuestionError(
            f"{output} can't be written: {error.strerror}.", "Choose another --output."
        ) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


class _Terminated(BaseException):
    """Somebody ends the command: it says what became of its runs, and goes."""


def _terminate(*_: object) -> None:
    raise _Terminated


def ended() -> int:
    """Runs the command that the process was started with; its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except _Terminated:
        return 128 + signal.SIGTERM
    except BrokenPipeError:
        return 0  # whoever reads has seen enough
    return code
