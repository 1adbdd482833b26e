"""What a run tries: how many orders, how many of them at a time, and with which dice."""

import argparse
import random
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """`window` is how long an order may stay unpaid and `patience` how long quiet may take, in seconds."""

    orders: int
    seed: int
    at_a_time: int = 24
    window: int = 20
    patience: float = 180.0
    json: Path | None = None


def read_plan(arguments: list[str] | None = None) -> Plan:
    """The plan that the command line asks for; exits with a usage message where it asks wrongly."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    add_options(parser)
    return plan_of(parser.parse_args(arguments))


def add_options(parser: argparse.ArgumentParser) -> None:
    """What every such run can be told."""
    parser.add_argument("--orders", type=count, default=300, help="orders to live (%(default)s)")
    parser.add_argument("--seed", type=int, help="repeats the dice of an earlier run")
    parser.add_argument("--at-a-time", type=count, default=24, help="lives beside each other (%(default)s)")
    parser.add_argument(
        "--window", type=count, default=20, help="seconds an order may stay unpaid (%(default)s)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")


def plan_of(given: argparse.Namespace) -> Plan:
    """The plan that these options make."""
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    return Plan(
        orders=given.orders,
        seed=seed,
        at_a_time=given.at_a_time,
        window=given.window,
        json=given.json.absolute() if given.json else None,
    )


def count(text: str) -> int:
    """A number from one, as an option."""
    number = int(text)
    if number < 1:
        raise ValueError("at least one")
    return number
