"""Connections that are carried through us, and cut in the midst of a request or of its answer."""

import asyncio
import itertools
import socket
import struct
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

Address = tuple[str, int] | Path
_CHUNK = 65_536
# Closing a socket with this sends a reset instead of a farewell.
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class _End:
    """One side of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def hang_up(self, *, reset: bool) -> None:
        """At once; what was not sent yet never is."""
        raw = self.writer.get_extra_info("socket")
        if reset and raw is not None and raw.family != socket.AF_UNIX:
            with suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.writer.transport.abort()


class Wire:
    """Listens in front of a server and carries what clients and server say.

    Of several servers that do the same, connections go to those that are not set aside, in turn, and on to
    the next where one does not listen. While it is rough, a connection is cut about every `every` seconds:
    which one, in which of the `ways`, after how many bytes and how rudely is up to the dice.
    """

    def __init__(
        self,
        name: str,
        listen: Address,
        servers: Sequence[Address],
        *,
        dice: Random,
        ways: Sequence[str] = ("request", "answer", "answer"),
    ) -> None:
        self.name = name
        self.cuts: Counter[str] = Counter()
        self._listen = listen
        self._servers = list(servers)
        self._aside: set[Address] = set()
        self._turn = itertools.count()
        self._dice = dice
        self._ways = ways
        self._every: float | None = None
        self._due = 0.0
        self._direction = "answer"
        self._carried: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Take connections."""
        if isinstance(self._listen, Path):
            self._server = await asyncio.start_unix_server(self._accept, self._listen)
        else:
            self._server = await asyncio.start_server(self._accept, *self._listen, backlog=512)

    async def close(self) -> None:
        """Cut everything and take no more."""
        self._server.close()
        for task in self._carried:
            task.cancel()
        await asyncio.gather(*self._carried, return_exceptions=True)

    def roughen(self, every: float) -> None:
        """Begin to cut connections, each time after `every` seconds on average."""
        self._every = every
        self._plan_cut()

    def calm(self) -> None:
        """Cut nothing any more."""
        self._every = None

    def set_aside(self, server: Address) -> None:
        """Give it no new connections; those that it has go on."""
        self._aside.add(server)

    def take_back(self, server: Address) -> None:
        """Give it connections again."""
        self._aside.discard(server)

    def _plan_cut(self) -> None:
        if self._every is not None:
            self._due = time.monotonic() + self._every * (0.3 + 1.4 * self._dice.random())
            self._direction = self._dice.choice(self._ways)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _End(reader, writer)
        task = asyncio.create_task(self._carry(client))
        self._carried.add(task)
        task.add_done_callback(self._carried.discard)

    async def _carry(self, client: _End) -> None:
        server = None
        try:
            server = await self._reach()
            if server is not None:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pass_on(client, server, "request"))
                    both.create_task(self._pass_on(server, client, "answer"))
        except* (OSError, _CutError):
            pass
        finally:
            for end in (client, server):
                if end is not None:
                    end.writer.close()

    async def _reach(self) -> _End | None:
        """A connection to the next server that listens; None where none does."""
        usable = [server for server in self._servers if server not in self._aside]
        first = next(self._turn)
        for number in range(len(usable)):
            server = usable[(first + number) % len(usable)]
            with suppress(OSError):
                if isinstance(server, Path):
                    return _End(*await asyncio.open_unix_connection(server))
                return _End(*await asyncio.open_connection(*server))
        return None

    async def _pass_on(self, source: _End, sink: _End, direction: str) -> None:
        while chunk := await source.reader.read(_CHUNK):
            if self._is_due(direction):
                sink.writer.write(chunk[: self._dice.randrange(len(chunk))])
                reset = self._dice.random() < 0.5
                self._plan_cut()
                self.cuts[direction] += 1
                for end in (source, sink):
                    end.hang_up(reset=reset)
                raise _CutError
            sink.writer.write(chunk)
            await sink.writer.drain()
        if sink.writer.can_write_eof():
            sink.writer.write_eof()

    def _is_due(self, direction: str) -> bool:
        return self._every is not None and direction == self._direction and time.monotonic() >= self._due


class _CutError(Exception):
    """The connection was cut on purpose."""
