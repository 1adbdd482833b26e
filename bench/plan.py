"""What a run measures: how many orders, in how many rounds, by how many clients."""

import argparse
from dataclasses import dataclass
from pathlib import Path

_MEMORY_ORDERS = 10_000
_CROWD = 16
_CLIENTS = (1, _CROWD, 64)
_WORKERS = (1, 2, 4)
# Fewer orders for each client would measure the beginning and the end of a crowd rather than the crowd.
_ORDERS_A_CLIENT = 3


@dataclass(frozen=True)
class Plan:
    """`orders` is the number behind each figure, spread over `rounds`; `clients` order at the same time, with
    one of `workers` processes at work. Memory is watched over `memory_orders`: over none, not at all.
    """

    orders: int
    clients: tuple[int, ...]
    rounds: int
    workers: tuple[int, ...]
    memory_orders: int
    json: Path | None

    def orders_in_a_round(self, clients: int) -> int:
        """How many orders one scenario takes in a round; a crowd needs some to be one."""
        return max(self.orders // self.rounds, clients * (_ORDERS_A_CLIENT if clients > _CROWD else 1))

    @property
    def several_workers(self) -> tuple[int, ...]:
        """The numbers of workers besides the one of all other figures."""
        return tuple(number for number in self.workers if number > 1)

    @property
    def most_clients(self) -> int:
        return max(self.clients)

    @property
    def crowd(self) -> int:
        """How many clients there are where only one number of them is measured."""
        return _CROWD if _CROWD in self.clients else self.most_clients


def read_plan(arguments: list[str] | None = None) -> Plan:
    """The plan that the command line asks for; exits with a usage message where it asks wrongly."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--orders", type=_count, default=400, help="orders behind each figure (%(default)s)")
    parser.add_argument("--rounds", type=_count, default=4, help="rounds, of which medians (%(default)s)")
    parser.add_argument(
        "--clients", type=_counts, default=(1, _CROWD, 64), help="clients at a time (1,16,64)"
    )
    parser.add_argument("--workers", type=_counts, default=_WORKERS, help="worker processes (1,2,4)")
    parser.add_argument(
        "--memory",
        type=_count,
        nargs="?",
        const=_MEMORY_ORDERS,
        default=0,
        metavar="ORDERS",
        help=f"also memory over so many orders ({_MEMORY_ORDERS})",
    )
    parser.add_argument("--quick", action="store_true", help="a look only: 64 orders in 2 rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    given = parser.parse_args(arguments)
    return Plan(
        orders=64 if given.quick else given.orders,
        clients=given.clients,
        rounds=2 if given.quick else given.rounds,
        workers=(1,) if given.quick else given.workers,
        memory_orders=given.memory,
        json=given.json.absolute() if given.json else None,
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("at least one")
    return number


def _counts(text: str) -> tuple[int, ...]:
    return tuple(sorted({_count(part) for part in text.split(",")}))
