"""`python -m bench.size`: a vendor's lists, searches, figures and files at a million orders."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy import text

from api.tokens import Tokens
from bench.load import Load, drive
from bench.machine import this_machine
from bench.private_stack import PrivateStack
from bench.processes import Processes
from bench.size.explaining import explain
from bench.size.exporting import ROWS, Export, export
from bench.size.filling import Tell
from bench.size.questions import VENDOR, Asker, Question
from bench.size.report import Answered, Measured, Report, show, write_json
from bench.size.tables import LEFT_OUT, Table, Tables
from bench.storefront import UnexpectedAnswer
from db.session import Database
from local.errors import StackError
from local.terminal import Terminal, console

_TOKEN_SECONDS = 24 * 3600
_WARM_UP = 5
_ROUNDS = 4
_FILE_TIMEOUT = aiohttp.ClientTimeout(total=600)


async def bench(given: argparse.Namespace, output: Console) -> None:
    """One run: start, fill, measure, stop, show."""
    machine = this_machine()
    directory = None if given.keep is None else given.keep.absolute()
    tables = Tables(given.orders, given.small, directory)
    private = PrivateStack(
        Terminal(output), beside_bare=False, directory=directory, left_out=LEFT_OUT, more=tables.parts
    )
    async with private:
        begun = time.monotonic()
        with _progress(output) as tell:
            filled = await tables.filled(tell)
        filling = {"seconds": time.monotonic() - begun}
        tokens = Tokens(private.stack.credentials.jwt_secret, _TOKEN_SECONDS)
        sizes = {table.name: await _sizes(table) for table in filled}
        measuring = Measuring(filled, sizes, tokens, Processes(private.pids), output)
        answered = await measuring.ask(given.requests)
        exports = [await measuring.export(rows) for rows in ("orders", "items", "orders")]
        if given.plans is not None:
            [big, *_] = filled
            given.plans.write_text(await explain(big.url, sizes[big.name]))
        private.check()
    report = Report(machine, sizes, filling, answered, exports)
    show(report, output)
    if given.json is not None:
        write_json(report, given.json)


class Measuring:
    """Asks both APIs the same, in turn, so that a busy moment of the machine hits both."""

    def __init__(
        self,
        tables: list[Table],
        sizes: dict[str, tuple[int, int]],
        tokens: Tokens,
        processes: Processes,
        output: Console,
    ) -> None:
        self._tables = tables
        self._sizes = sizes
        self._tokens = tokens
        self._processes = processes
        self._output = output

    async def ask(self, requests: int) -> list[Answered]:
        """Every question so many times of each."""
        async with AsyncExitStack() as open_clients:
            askers, questions = [], []
            for table in self._tables:
                connector = aiohttp.TCPConnector(limit=1)
                client = await open_clients.enter_async_context(aiohttp.ClientSession(connector=connector))
                asker = Asker(client, table.api_url, self._tokens)
                askers.append(asker)
                questions.append(await asker.questions(self._sizes[table.name][1]))
            return [await self._answered(askers, pair, requests) for pair in zip(*questions, strict=True)]

    async def _answered(
        self, askers: list[Asker], questions: tuple[Question, ...], requests: int
    ) -> Answered:
        rounds: list[list[Load]] = [[] for _ in askers]
        spent = [[0.0, 0.0] for _ in askers]
        for number in range(1 + _ROUNDS):
            for each, (asker, question, table) in enumerate(
                zip(askers, questions, self._tables, strict=True)
            ):
                times = max(2, requests // _ROUNDS) if number else _WARM_UP
                before = self._processes.cpu_seconds()
                jobs = [partial(_ask, asker, question) for _ in range(times)]
                load = await drive(jobs, clients=1, tick=lambda: None)
                after = self._processes.cpu_seconds()
                if number:
                    rounds[each].append(load)
                    for place, part in enumerate((table.api, "postgres")):
                        spent[each][place] += after[part] - before[part]
        big, small = (Measured(loads, *used) for loads, used in zip(rounds, spent, strict=True))
        answered = Answered(questions[0], big, small)
        self._output.print(
            f"  {answered.question.name}: {big.p50:.1f} ms, {answered.ratio:.2f} times the small one's"
        )
        return answered

    async def export(self, rows: str) -> Export:
        """A file of the first vendor's newest orders, or of their lines."""
        [big, *_] = self._tables
        most = self._sizes[big.name][1] - 1
        async with aiohttp.ClientSession(timeout=_FILE_TIMEOUT) as client:
            asker = Asker(client, big.api_url, self._tokens)
            [first], _ = await asker.orders(f"/api/v1/vendor/orders?limit=1&skip={min(ROWS, most)}")
            begin = datetime.fromisoformat(first["created_at"]).date() + timedelta(days=1)
            found = await export(
                client,
                big.api_url,
                asker.headers,
                self._processes,
                big.api,
                rows=rows,
                period=f"date_from={begin}",
            )
        self._output.print(f"  file of {rows}: {found.per_second:,.0f} rows a second")
        return found


async def _ask(asker: Asker, question: Question) -> None:
    await asker.ask(question.path)


async def _sizes(table: Table) -> tuple[int, int]:
    """The orders of all vendors, and of the first one."""
    database = Database(table.url, pool_size=1, timeout=120)
    counted = text("SELECT count(*), count(*) FILTER (WHERE vendor_id = :vendor_id) FROM orders")
    async with database.platform() as session:
        everything, own = (await session.execute(counted, {"vendor_id": VENDOR})).one()
    await database.close()
    return everything, own


@contextmanager
def _progress(output: Console) -> Iterator[Callable[[str], Tell]]:
    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=output, refresh_per_second=2, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(name: str) -> Tell:
            def hear(what: str, share: float) -> None:
                label = f"{name}: {what}"
                if label not in tasks:
                    tasks[label] = progress.add_task(label, total=1.0)
                    if not output.is_terminal:
                        output.print(f"  {label} …")
                progress.update(tasks[label], completed=share)

            return hear

        yield tell


def main() -> int:
    """Run and return the exit code: 1 with a sentence when nothing could be measured, 130 after a signal."""
    parser = argparse.ArgumentParser(prog="python -m bench.size", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000, help="in the big table (%(default)s)")
    parser.add_argument("--small", type=int, default=10_000, help="in the small one (%(default)s)")
    parser.add_argument("--requests", type=int, default=100, help="of each question (%(default)s)")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIRECTORY",
        help="fill a stack there once, and measure it again next time",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to a file")
    parser.add_argument("--plans", type=Path, metavar="FILE", help="also write the plans of the statements")
    given = parser.parse_args()
    given.plans = None if given.plans is None else given.plans.absolute()
    given.json = None if given.json is None else given.json.absolute()
    output = console()
    try:
        asyncio.run(bench(given, output))
    except (StackError, UnexpectedAnswer) as error:
        output.print(str(error), style="red", markup=False)
        return 1
    except (asyncio.CancelledError, KeyboardInterrupt):
        output.print("Stopped.")
        return 130
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(code)
