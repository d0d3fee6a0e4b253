"""An asyncio event loop whose clock jumps to the next timer.

Builds on: `network`, `server`, `names`, `chance`, `waiting`.  Used by: `run`, `lab.clock`.

    run what is ready -> nothing is ready? -> the clock IS now the time of the earliest timer -> run
                                          \\-> no timer? Deadlock, with what each task waits for

    create_server      -> Network.listen          start_server, aiohttp's sites and others
    create_connection  -> Network.connect         open_connection, TLS on top where asked for
    sock_connect       -> Network.connect         before create_connection(sock=...)
    getaddrinfo        -> names.resolve
    all other I/O      -> NotSimulated, which names the call

New here: to asyncio a loop is a clock, a heap of timers, a queue of what is ready, and a selector
that sleeps until a socket is ready.  `BaseEventLoop` has the first three; a selector that moves the
clock instead of sleeping is all it takes to make an hour pass at once.  Everything in asyncio that
uses TCP makes one of the calls above, so they are the seam for the network.

The hash of a task is its number, so a `set` of tasks (a `TaskGroup` has one) has the same order in
every run.  Functions given to an executor run at once, in line; the time for which they sleep
passes only for the task that awaits them.

Left out, and refused: calls from another thread.
"""

from __future__ import annotations

import asyncio
import gc
import math
import socket
import ssl as ssl_module
import threading
import time
import weakref
from asyncio import base_events
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, NoReturn, TypeVar

from ..errors import CourseError
from . import chance, names, network, pipe, server, waiting
from .link import Conditions

T = TypeVar("T")

REAL_CLOCK = time.perf_counter  # the real one, before `chance` replaces it
COLLECT_EVERY = 50_000  # reads of the clock between garbage collections (see `_move_to`)
COLLECT_ALL = 10  # every so many collections, one is full (of all generations)


class Deadlock(CourseError):
    """Nothing is scheduled, but `main` has not finished.  Says what each task waits for."""


class Runaway(CourseError):
    """The simulation went past its limit of time, or of steps in which no time passes."""


class NotSimulated(CourseError, NotImplementedError):
    """The simulated machine cannot do this; the message names the call."""


class NumberedTask(asyncio.Task[T]):
    """A task whose hash does not depend on where it is in memory."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], *, number: int, **options: Any) -> None:
        self.number = number
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self.number


class InOrder:
    """A weak set that remembers the order in which its members came."""

    def __init__(self) -> None:
        self._members: weakref.WeakKeyDictionary[Any, None] = weakref.WeakKeyDictionary()

    def add(self, member: Any) -> None:
        """Append it."""
        self._members[member] = None

    def discard(self, member: Any) -> None:
        """Remove it if it is there."""
        self._members.pop(member, None)

    def clear(self) -> None:
        """Remove all."""
        self._members.clear()

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._members)


class JumpingSelector:
    """Moves the clock where a real selector sleeps until a socket is ready."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> tuple[()]:
        """`None`: nothing is scheduled.  Zero: something is ready.  Else: jump."""
        loop = self._loop
        if timeout is None:
            raise Deadlock(loop.report("nothing is scheduled, and the main coroutine is not done"))
        loop.turn(moves=timeout > 0)
        return ()


class SimulatedLoop(base_events.BaseEventLoop):
    """One simulation's loop.  `loop.network` is its network."""

    _clock_resolution: float
    _scheduled: list[asyncio.TimerHandle]
    _ready: deque[asyncio.Handle]

    def __init__(
        self, conditions: Conditions, *, seed: object, limit: int, max_time: float, max_steps: int
    ) -> None:
        self._now = 0.0
        self._steps = 0  # iterations and reads of the clock since it last moved
        self._looks = self._collections = 0  # reads since the last collection; collections
        super().__init__()
        dice = chance.stream(seed, "link")
        self.network = network.Network(self, conditions, limit=limit, random=dice)
        self._connected: weakref.WeakKeyDictionary[socket.socket, pipe.Pipe]
        self._connected = weakref.WeakKeyDictionary()
        self.max_time, self.max_steps = max_time, max_steps
        self._pause_at, self._in_go_on = math.inf, False  # on the real clock; whether `go_on` runs
        self._thread = threading.get_ident()
        self._selector = JumpingSelector(self)
        self._asyncgens = InOrder()
        self._task_count = 0
        self._clock_resolution = math.ulp(0.0)

    # --- the clock

    def time(self) -> float:
        """Virtual seconds since the simulation began."""
        self._steps += 1
        if self._steps > self.max_steps:  # a busy loop waits for the clock, without an await
            self._run_away(f"{self.max_steps} steps without time passing")
        return self._now

    def sleep(self, seconds: float) -> None:
        """`time.sleep` in a simulation: the clock moves, and no task runs meanwhile."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self._move_to(self._now + seconds)

    def turn(self, *, moves: bool) -> None:
        """Called in each iteration of the loop: if nothing is ready, jump to the earliest timer."""
        if moves:
            self._move_to(self._scheduled[0].when())
        if self._now > self.max_time:
            self._run_away(f"the limit is {self.max_time:.0f} s of virtual time")
        self.time()
        if self._pause_at < math.inf and REAL_CLOCK() >= self._pause_at:
            self.stop()  # virtual time stands still until `go_on`

    def go_on(self, task: asyncio.Task[Any], seconds: float = math.inf) -> bool:
        """Run until `task` is done, or for so many real seconds.  Return whether it is done."""
        self._pause_at, self._in_go_on = REAL_CLOCK() + seconds, True
        task.add_done_callback(self._over)
        try:
            self.run_forever()
        finally:
            self._pause_at, self._in_go_on = math.inf, False
            task.remove_done_callback(self._over)
        return task.done()

    def _over(self, task: asyncio.Task[Any]) -> None:
        # KeyboardInterrupt ends the loop by itself; and `go_on` may have returned before this call.
        error = None if task.cancelled() else task.exception()
        if self._in_go_on and not isinstance(error, SystemExit | KeyboardInterrupt):
            self.stop()

    def report(self, what: str) -> str:
        """`what` happened at what time, and what each task waits for."""
        lines = [f"at {self._now:.6g} s {what}."]
        if self.network.conditions.stalled:
            lines.append("  The link is stalled.")
        return "\n  ".join(lines + waiting.describe(self.tasks()))

    def _move_to(self, when: float) -> None:
        # No rounding: what is due at `when` runs at `when`, and what is due after it does not.
        self._looks += self._steps
        if self._looks > COLLECT_EVERY:
            # Reads of the clock are the same in every run; numbers of allocations are not.  Ten
            # minutes of 200 polling clients: 38 collections, 0.3 s of 10; all full: 2.6 of 12.
            self._looks = 0
            self._collections += 1
            gc.collect(2 if self._collections % COLLECT_ALL == 0 else 1)
        self._now = max(self._now, when)
        self._clock_resolution = math.ulp(self._now)
        self._steps = 0

    def _run_away(self, why: str) -> NoReturn:
        self._steps = 0
        tasks = [getattr(handle._callback, "__self__", None) for handle in self._ready]  # type: ignore[attr-defined]
        tasks += [asyncio.current_task(self)] if self.is_running() else []
        busy = {task.get_name(): None for task in tasks if isinstance(task, asyncio.Task)}
        raise Runaway(self.report(f"{why}; running: {', '.join(busy) or 'no task'}"))

    # --- tasks and callbacks

    def create_task(self, coro: Any, **options: Any) -> Any:
        """A task with a number, which is also its name unless `name` is given."""
        if self.get_task_factory() is not None:
            return super().create_task(coro, **options)
        self._check_closed()  # type: ignore[attr-defined]
        self._task_count += 1
        if options.get("name") is None:
            options["name"] = f"Task-{self._task_count}"
        return NumberedTask(coro, loop=self, number=self._task_count, **options)

    def tasks(self) -> list[asyncio.Task[Any]]:
        """The tasks that are not done, in the order in which they were made."""
        return sorted(asyncio.all_tasks(self), key=lambda task: getattr(task, "number", 0))

    def call_soon_threadsafe(self, callback: Any, *args: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]
        """`call_soon`; refused to other threads, whose timing no seed decides."""
        if threading.get_ident() != self._thread:
            raise NotSimulated("loop.call_soon_threadsafe() from another thread, in a simulation")
        return self.call_soon(callback, *args, **options)

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Any, *args: Any
    ) -> asyncio.Future[Any]:
        """Run `func` in line; the result comes after the time that it has slept."""
        future: asyncio.Future[Any] = self.create_future()

        def settle(result: Any, error: BaseException | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        def run() -> None:
            began = self._now
            result, error = None, None
            try:
                result = func(*args)
            except Exception as raised:
                error = raised
            took, self._now = self._now - began, began
            self.call_later(took, settle, result, error)

        self.call_soon(run)
        return future

    async def shutdown_default_executor(self, *_: Any, **__: Any) -> None:
        """Nothing to do: there is no executor."""

    def _process_events(self, events: object) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    # --- the network

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> list[Any]:
        """Every name is this machine (`names.resolve`)."""
        address = (names.resolve(host or names.LOOPBACK), int(port or 0))
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> tuple[str, str]:
        """The address itself."""
        return str(sockaddr[0]), str(sockaddr[1])

    async def create_server(  # type: ignore[override]
        self,
        protocol_factory: server.Factory,
        host: Any = None,
        port: int | None = None,
        *,
        sock: socket.socket | None = None,
        ssl: ssl_module.SSLContext | None = None,
        reuse_port: bool | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        start_serving: bool = True,
        **_: Any,  # family, flags, backlog, reuse_address, keep_alive: no difference here
    ) -> server.Server:
        """Listen in memory.  A real `sock` gives its address, and is never listened on."""
        if isinstance(ssl, bool):
            raise TypeError("ssl argument must be an SSLContext or None")
        hosts = [host] if host is None or isinstance(host, str | bytes) else list(host)
        if sock is not None:
            hosts, port = [sock.getsockname()[0]], sock.getsockname()[1]
        port = port or self.network.free_port()
        listener = server.Server(
            self,
            protocol_factory,
            list(dict.fromkeys((names.resolve(one), port) for one in hosts)),
            ssl=ssl,
            shared=bool(reuse_port),
            borrowed=sock,
            on_close=self.network.unlisten,
            ssl_handshake_timeout=ssl_handshake_timeout,
            ssl_shutdown_timeout=ssl_shutdown_timeout,
        )
        self.network.listen(listener)
        if start_serving:
            await listener.start_serving()
        return listener

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect in memory, on behalf of a real socket that `create_connection` is given next."""
        self._connected[sock] = await self.network.connect((names.resolve(address[0]), address[1]))

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: server.Factory,
        host: Any = None,
        port: int | None = None,
        *,
        ssl: bool | ssl_module.SSLContext | None = None,
        sock: socket.socket | None = None,
        server_hostname: str | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        **_: Any,  # family, proto, flags, local_addr, happy_eyeballs_delay, ...: no difference
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect in memory, which takes one round trip, and with TLS as many more as TLS does."""
        if sock is None:
            end = await self.network.connect((names.resolve(host), int(port or 0)))
        elif sock in self._connected:
            end = self._connected.pop(sock)
            sock.close()
        else:
            raise NotSimulated(
                "create_connection(sock=…) with a socket that sock_connect() never saw"
            )
        protocol = protocol_factory()
        if not ssl:
            end.start(protocol)
            return end, protocol
        tls = {
            "server_hostname": host if server_hostname is None else server_hostname,
            "ssl_handshake_timeout": ssl_handshake_timeout,
            "ssl_shutdown_timeout": ssl_shutdown_timeout,
        }
        return await self._shake_hands(end, protocol, None if ssl is True else ssl, tls), protocol

    async def _shake_hands(
        self,
        end: pipe.Pipe,
        protocol: asyncio.BaseProtocol,
        context: ssl_module.SSLContext | None,
        options: dict[str, Any],
    ) -> asyncio.Transport:
        """Do the TLS handshake over an end; return the transport for the plaintext."""
        ready: asyncio.Future[None] = self.create_future()
        tls = server.over_tls(self, protocol, context, ready, **options)
        transport: asyncio.Transport = tls._app_transport
        end.start(tls)
        try:
            await ready
        except BaseException:
            end.abort()
            raise
        return transport


def _refuse(name: str) -> Callable[..., NoReturn]:
    def refuse(self: SimulatedLoop, *args: Any, **options: Any) -> NoReturn:
        raise NotSimulated(f"loop.{name}() is not part of a simulation")

    return refuse


for _name in (
    *("subprocess_exec", "subprocess_shell", "add_signal_handler", "remove_signal_handler"),
    *("add_reader", "remove_reader", "add_writer", "remove_writer", "connect_accepted_socket"),
    *("sock_recv", "sock_recv_into", "sock_recvfrom", "sock_recvfrom_into", "sock_sendall"),
    *("sock_sendto", "sock_accept", "sock_sendfile", "create_datagram_endpoint"),
    *("create_unix_connection", "create_unix_server", "connect_read_pipe", "connect_write_pipe"),
):
    setattr(SimulatedLoop, _name, _refuse(_name))
