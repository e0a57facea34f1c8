"""The command line: `python -m stats farms`, `report …`, `collect …`, `history …`.

Data goes to standard output, progress and messages to standard error. Exit code 0: done;
2: the question is wrong, or its answer has no place; 3: credentials or permissions; 4: the service
failed or did not answer; 5: history can't be read or written; 129, 130 and 143: ended by a
terminal that closed, by Ctrl-C or by SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa

from stats import export, grid, lookup, output, relation, scarce, spelling, upkeep
from stats.connect import of_the_command_line
from stats.errors import FarmCostsError, QuestionError, TooLarge, Unwritable
from stats.model import Dimension, Period, Question, Report, Window
from stats.report import Reporter
from stats.settings import Settings, load
from stats.teller import Teller
from stats.zone import Zone

_FORMATS: dict[str, Callable[[Report], bytes]] = {
    "table": export.table,
    "json": export.as_json,
    "csv": export.csv,
    "parquet": export.parquet,
}


_DIMENSIONS = ", ".join(Dimension)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        _must_be_texts(options)
        settings = load()
        command: Callable[[argparse.Namespace, Settings], None] = options.command
        command(options, settings)
    except FarmCostsError as error:
        output.say(output.headed(error))
        return error.exit_code
    except (MemoryError, RuntimeError, pa.ArrowException) as lacking:
        if not scarce.is_it(lacking):
            raise
        too_large = TooLarge(f"T{scarce.SAID[1:]}")
        output.say(output.headed(too_large))
        return too_large.exit_code
    return 0


def _must_be_texts(options: argparse.Namespace) -> None:
    """Raises QuestionError where what was typed is not in UTF-8; a file may be called anything."""
    for name, value in vars(options).items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and spelling.in_utf8(text) != text:
                raise QuestionError(
                    f"“{spelling.in_utf8(text)}” (--{name.replace('_', '-')}) is no text in UTF-8.",
                    "Write it in UTF-8, or give an id.",
                )


class _Parser(argparse.ArgumentParser):
    """One that shows the usage of the command that was called, where it does not know a word."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What is meant, and nothing that is left over: that ends the process."""
        options, strange = super().parse_known_args(args, namespace)
        if strange:
            self.error(f"unrecognized arguments: {' '.join(strange)}")
        return options, strange


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(prog="python -m stats", description=__doc__)
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
    report.add_argument("--by", default="", metavar="DIMENSION,…", help=f"any of {_DIMENSIONS}")
    report.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="DIMENSION=ID_OR_NAME",
        help=f"keeps only that; may be given again; any of {_DIMENSIONS}",
    )
    report.add_argument("--job-name", default="", metavar="TEXT", help="text in the job's name")
    report.add_argument("--format", choices=list(_FORMATS), default="table")
    report.add_argument("--output", type=output.place, metavar="FILE")
    report.add_argument(
        "-v", "--verbose", action="store_true", help="what became of each aggregation"
    )
    report.set_defaults(command=_report)
    upkeep.add_commands(commands)
    return parser


def _farms(options: argparse.Namespace, settings: Settings) -> None:
    with of_the_command_line(settings, output.say) as reporter:
        listed = reporter.names.telling(Teller()).farms()
    farms = [{"farm_id": farm.id, "name": farm.name} for farm in listed]
    frame = pd.DataFrame(farms, columns=["farm_id", "name"])
    if options.format == "json":
        text = json.dumps(farms, ensure_ascii=False, indent=1)
    elif options.format == "csv":
        text = export.csv_of(frame).decode().rstrip("\n")
    else:
        text = grid.lined_up(frame.map(export.one_line)) if farms else "No farms."
    output.put(f"{text}\n")


def _report(options: argparse.Namespace, settings: Settings) -> None:
    output.must_be_writable(options.output)
    with of_the_command_line(settings, output.say) as reporter:
        report = _asked(options, settings, reporter)
        output.write(_FORMATS[options.format](report), options.output)
        if options.format != "table" or options.output:
            output.say(export.summary(report))


def _asked(options: argparse.Namespace, settings: Settings, reporter: Reporter) -> Report:
    zone, tell = Zone(options.timezone or settings.timezone), Teller()
    names = reporter.names.telling(tell)
    farm_id = lookup.farm(names, options.farm)
    former = partial(reporter.remembered, farm_id)
    question = Question(
        farm_id=farm_id,
        scope=lookup.scope(names, farm_id, options.queues, options.fleets, former),
        window=Window(lookup.instant(options.start, zone), lookup.instant(options.end, zone)),
        timezone=zone.name,
        by=tuple(lookup.dimension(word) for word in options.by.split(",") if word.strip()),
        job_name_contains=options.job_name,
        period=Period(options.period),
    )
    try:
        where = lookup.filters(reporter, question, options.where, tell)
        return reporter.with_assumed(reporter.ask(replace(question, where=where), tell), tell)
    finally:
        if options.verbose:
            for record in reporter.records(farm_id):
                output.say(record.told(zone))


class _Ended(BaseException):
    """Somebody ends the command: it says what became of its runs, keeps what it has, and goes."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.exit_code = 128 + signal_number


_signals: list[int] = []
"""Those that have ended the command: DuckDB tells of none of them by its number."""


def _end(signal_number: int, _: object) -> None:
    _signals.append(signal_number)
    raise _Ended(signal_number)


def ended() -> int:
    """Runs the command that the process was started with; its exit code."""
    output.take_any_text()
    _heed(signal.SIGTERM)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        _heed(signal.SIGHUP)  # nohup has it ignored
    logging.getLogger().addHandler(logging.NullHandler())  # what matters is told in words
    try:
        return _with_all_said()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except _Ended as told:
        return told.exit_code
    except BrokenPipeError:
        return 0  # whoever reads has seen enough
    except RuntimeError as error:
        if str(error) != relation.INTERRUPTED:
            raise
        return 128 + (_signals or [signal.SIGINT])[-1]


def _heed(number: signal.Signals) -> None:
    signal.signal(number, _end)


def _with_all_said() -> int:
    try:
        code = main()
    except SystemExit as error:  # argparse has told what it had to
        code = error.code if isinstance(error.code, int) else 0
    if code:
        return code
    try:
        output.flush()
    except Unwritable as error:
        output.say(output.headed(error))
        return error.exit_code
    return code
