"""What a run tries: how many orders, how many misfortunes, and with which dice."""

import argparse
from dataclasses import asdict, dataclass

from bench.chaos.deaths import DECK
from bench.faults.plan import Plan, add_options, count, plan_of


@dataclass(frozen=True)
class ChaosPlan(Plan):
    """`deaths` is the least number of misfortunes, `rolling` whether everything is restarted first."""

    deaths: int = len(DECK)
    rolling: bool = True
    pause: float = 2.0


def read_plan(arguments: list[str] | None = None) -> ChaosPlan:
    """The plan that the command line asks for; exits with a usage message where it asks wrongly."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    add_options(parser)
    parser.add_argument(
        "--deaths",
        type=count,
        default=len(DECK),
        help="misfortunes at least (%(default)s: each of them once)",
    )
    parser.add_argument(
        "--pause", type=float, default=2.0, help="seconds between two of them, about (%(default)s)"
    )
    parser.add_argument("--no-rolling", action="store_true", help="leave out the rolling restart")
    given = parser.parse_args(arguments)
    plan = asdict(plan_of(given)) | {
        "deaths": given.deaths,
        "rolling": not given.no_rolling,
        "pause": given.pause,
    }
    return ChaosPlan(**plan)
