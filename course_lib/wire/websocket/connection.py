"""A WebSocket after its handshake: messages, pings, and the goodbye.      RFC 6455 §5-§7

Lesson 05.  Builds on: `frames`, `masking`, `messages`, `closing`, `close_codes`, `pings`,
`deflate`.  Used by: `net.ws_link`, `net.ws_connection`, `net.ws_server`, `net.ws_options`.

    receive(data, now) ──> events()        messages as str and bytes, Pong, Closed at the end
    send(message)      ──> data_to_send()  bytes to write to the network
    next_deadline()    ──> tick(now)       pings and timeouts

    send("Hello")                          81 05 Hello
    send_part("Hel"), send_part("lo", last=True)
                                           01 03 Hel   80 02 lo
    send_encoded(frame)                    these bytes unchanged: encoded once, for many receivers

New here: three exchanges share one connection: messages, pings, and the goodbye (the closing
handshake).  No message is begun within another, and only pongs follow our Close frame.  The state
moves through `closing.TABLE` alone, and every wait has a deadline.
Left out: reading and writing the socket, and closing TCP; `should_close` says when.
"""

from __future__ import annotations

from collections.abc import Callable

from ...errors import LocalError, RemoteError
from . import close_codes, closing, frames, masking, messages
from .closing import CLOSED, CLOSING, GOODBYE_DONE, OPEN, Closed
from .deflate import Deflater, Inflater
from .frames import Frame, Opcode
from .messages import Message
from .pings import Pings, Pong

__all__ = ["Closed", "Connection", "Event", "Message", "Payload", "Pong"]

MAX_INFLATED = 262_144  # inflated bytes in `events()`, after which parsing pauses
BATCH = 1024  # frames, however short, that are parsed at once; parsing pauses after these, too
MAX_PONGS = 64  # pongs in `_out`; after that each one replaces the last
TEXT, BINARY, CONT = int(Opcode.TEXT), int(Opcode.BINARY), int(Opcode.CONT)

Event = Message | Pong | Closed
Payload = str | bytes | bytearray | memoryview


class Connection:
    """One end.  A client passes `keys`, which gives a fresh random masking key at each call.

    Limits: `max_payload` bytes and `max_fragments` frames for a message, `close_timeout` seconds
    for the peer's Close frame, and again for the end of TCP.  The peer is pinged every
    `ping_interval` seconds, and abandoned when no byte comes from it for `ping_timeout`.

    `unsent` is the size in bytes of what `data_to_send` will return.  When `has_more` is true, take
    `events()`, then call `receive(b"", now)` for more of them.
    """

    __slots__ = (
        "_assembler", "_deflater", "_events", "_fin", "_inflated", "_keys", "_last_pong", "_left",
        "_limit", "_masked", "_out", "_part", "_pongs", "_rest", "_rsv1", "_since", "_unmasker",
        "close_timeout", "closed", "has_more", "pings", "state", "unsent",
    )  # fmt: skip

    def __init__(
        self,
        keys: Callable[[], bytes] | None = None,
        *,
        now: float,
        max_payload: int = 1_000_000,
        max_fragments: int = 4096,
        close_timeout: float = 10.0,
        ping_interval: float | None = None,
        ping_timeout: float | None = 20.0,
        deflater: Deflater | None = None,
        inflater: Inflater | None = None,
    ) -> None:
        self.state = OPEN
        self.closed: Closed | None = None  # how it ended, once it has
        self.close_timeout = close_timeout
        self.pings = Pings(ping_interval, ping_timeout, now)
        self._since = now  # when the present wait of the closing handshake began
        self._events: list[Event] = []
        # What comes in.
        self._assembler = messages.Assembler(max_payload, max_fragments, inflater)
        self._masked = keys is None  # whether the peer must mask
        self._limit = max_payload
        self._rsv1 = inflater is not None
        self._rest = b""  # not parsed yet: part of a header, or what follows a full batch
        self._left = 0  # bytes of the present data frame that are still to come
        self._fin = False  # whether that frame is its message's last
        self._unmasker: frames.Unmasker | None = None
        self._inflated = 0  # inflated bytes among the events
        self.has_more = False
        # What goes out.
        self.unsent = 0
        self._keys = keys
        self._deflater = deflater
        self._out: list[bytes] = []
        self._part: type | None = None  # str or bytes: a message is being sent in parts
        self._pongs = self._last_pong = 0  # among `_out`: how many, and where the last one is

    @property
    def is_client(self) -> bool:
        """Whether this end is the client, which masks."""
        return self._keys is not None

    def _move(self, event: str) -> None:
        self.state = closing.TABLE[self.state, event]

    # What comes in.

    @property
    def arriving(self) -> int:
        """Bytes of a message that has come in part, as they came."""
        return self._assembler.size - self._left

    def receive(self, data: bytes, now: float) -> None:
        """Parse bytes from the network.  Their events are in `events()`."""
        self.pings.alive = True
        # §7.1.7, after a failure: "An endpoint MUST NOT continue to attempt to process data
        # (including a responding Close frame) from the remote endpoint".
        if self.state in (GOODBYE_DONE, CLOSED):
            return
        if self._rest:
            data = self._rest + data
        if self.has_more:
            self._rest = data
            return
        try:
            at = self._read_on(data) if self._left else 0
            self._rest = self._read(data, at, now)
        except RemoteError as error:
            self._fail(error, now)

    def events(self) -> list[Event]:
        """What has happened since the last call, in order; Closed is the last of all."""
        self._inflated, self.has_more = 0, False
        events, self._events = self._events, []
        return events

    def _read(self, data: bytes, at: int, now: float) -> bytes:
        """Parse the frames in `data[at:]`.  Return the rest."""
        end, masked, limit, rsv1 = len(data), self._masked, self._limit, self._rsv1
        assembler, events, room = self._assembler, self._events, BATCH
        while at < end:
            if not room:
                self.has_more = True
                return data[at:]
            room -= 1
            found = frames.cut(data, at, masked=masked, limit=limit, rsv1=rsv1)
            if found is None:
                return data[self._begin(data, at) :]
            frame, at = found
            opcode = frame.opcode
            if opcode >= Opcode.CLOSE:
                self._control_frame(opcode, frame.payload, now)
                if self.state == GOODBYE_DONE:
                    return b""
            elif assembler.opcode is None and frame.fin and not frame.rsv1 and opcode:
                # A message in one frame: 1.0 µs instead of 2.1 through the assembler.
                payload = frame.payload
                events.append(payload if opcode is Opcode.BINARY else messages.decode(payload))
            else:
                self._deliver(assembler.add(frame))
                if self._inflated > MAX_INFLATED:
                    self.has_more = True
                    return data[at:]
        return b""

    def _begin(self, data: bytes, at: int) -> int:
        """Begin a frame whose payload is incomplete, and read what has come.  Return its end."""
        header = frames.read_header(
            data, at, masked=self._masked, limit=self._limit, rsv1=self._rsv1
        )
        if header is None or header.opcode >= Opcode.CLOSE:
            return at
        self._assembler.begin(header.opcode, header.end - header.body, rsv1=header.rsv1)
        self._left, self._fin = header.end - header.body, header.fin
        self._unmasker = frames.Unmasker(header.key) if self._masked else None
        return self._read_on(data, header.body)

    def _read_on(self, data: bytes, at: int = 0) -> int:
        """Read more of the present frame's payload.  Return where that ends."""
        chunk = data[at : at + self._left]
        self._left -= len(chunk)
        if self._unmasker is not None:
            chunk = self._unmasker.feed(chunk)
        last = self._fin and not self._left
        self._assembler.feed(chunk, last=last)
        if last:
            self._deliver(self._assembler.finish())
        return at + len(chunk)

    def _deliver(self, message: Message | None) -> None:
        if message is not None:
            self._events.append(message)
            if self._rsv1:
                self._inflated += len(message)

    def _control_frame(self, opcode: Opcode, payload: bytes, now: float) -> None:
        if opcode is Opcode.PING:
            # §5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response,
            # unless it already received a Close frame."
            self.pong(payload)
        elif opcode is Opcode.PONG:
            answered = self.pings.receive(payload, now)
            if answered is not None:
                self._events.append(answered)
        else:
            code, reason = closing.decode(payload)
            if self.state == OPEN:
                # §5.5.1: "If an endpoint receives a Close frame and did not previously send a Close
                # frame, the endpoint MUST send a Close frame in response."
                self._close(payload)
            self._move("peer closes")
            self._end(Closed(code, reason, clean=True), now)

    # What goes out.

    def data_to_send(self) -> bytes:
        """The bytes to write to the network now."""
        out = self._out
        if not out:
            return b""
        self._out, self.unsent, self._pongs = [], 0, 0
        return out[0] if len(out) == 1 else b"".join(out)

    def send(self, message: Payload, *, compress: bool = True) -> None:
        """Send a whole message: `str` as text, bytes as binary.  LocalError.

        Without `compress` it is sent as it is, though compression was agreed.
        """
        if self.state != OPEN or self._part is not None:
            raise self._refusal()
        opcode, payload = _payload(message)
        deflater = self._deflater
        # RFC 7692 §6: "an endpoint MAY ... send messages uncompressed", at its own choice.
        if compress and deflater is not None and len(payload) >= deflater.threshold:
            self._write(opcode, deflater.deflate(payload), rsv1=True)
        else:
            self._write(opcode, payload)

    def send_part(self, part: Payload, *, last: bool = False) -> None:
        """Send a fragment of a message; its fragments are all str or all bytes, uncompressed.

        §5.4: "Control frames ... MAY be injected in the middle of a fragmented message", and
        nothing else may: `send` raises LocalError until the last part is sent.
        """
        opcode, payload = _payload(part)
        kind: type = str if opcode == TEXT else bytes
        if self.state != OPEN or self._part not in (None, kind):
            raise self._refusal()
        self._write(CONT if self._part is not None else opcode, payload, fin=last)
        self._part = None if last else kind

    def send_encoded(self, data: bytes) -> None:
        """Send a whole message that `frames.encode` has made without a key.  For servers."""
        if self.state != OPEN or self._part is not None:
            raise self._refusal()
        if self._keys is not None:
            raise LocalError("a client masks each frame with a key of its own")
        self._out.append(data)
        self.unsent += len(data)

    def send_first(self, head: bytes) -> None:
        """Send these bytes of the handshake before the first frame."""
        self._out.append(head)
        self.unsent += len(head)

    def pong(self, payload: bytes = b"") -> None:
        """Send a pong: in response to a ping, or unsolicited."""
        # §5.5.3: "If an endpoint receives a Ping frame and has not yet sent Pong frame(s) in
        # response to previous Ping frame(s), the endpoint MAY elect to send a Pong frame for only
        # the most recently processed Ping frame."
        frame = self._control(Opcode.PONG, payload)
        if self._pongs >= MAX_PONGS:
            self.unsent += len(frame) - len(self._out[self._last_pong])
            self._out[self._last_pong] = frame
            return
        self._last_pong = len(self._out)
        self._pongs += 1
        self._out.append(frame)
        self.unsent += len(frame)

    def _ping(self, payload: bytes) -> None:
        self._append(self._control(Opcode.PING, payload))

    def _close(self, payload: bytes) -> None:
        self._append(self._control(Opcode.CLOSE, payload))

    def _control(self, opcode: Opcode, payload: bytes) -> bytes:
        return frames.encode(Frame(opcode, payload), self._keys() if self._keys else None)

    def _write(self, opcode: int, payload: bytes, *, fin: bool = True, rsv1: bool = False) -> None:
        keys, size = self._keys, len(payload)
        if keys is None:
            frame = frames.header(opcode, size, fin=fin, rsv1=rsv1) + payload
        else:
            # §5.3: "The masking key needs to be unpredictable", and "a fresh masking key" is
            # chosen for each frame.
            key = keys()
            head = frames.header(opcode, size, True, fin=fin, rsv1=rsv1)
            frame = head + key + masking.mask(payload, key)
        self._append(frame)

    def _append(self, frame: bytes) -> None:
        self._out.append(frame)
        self.unsent += len(frame)

    def _refusal(self) -> LocalError:
        # §5.5.1: "The application MUST NOT send any more data frames after sending a Close frame."
        if self.state != OPEN:
            state = "over" if self.state == GOODBYE_DONE else self.state
            return LocalError(f"nothing can be sent: the connection is {state}")
        return LocalError("a message is being sent in parts: its last part is missing")

    # The goodbye.

    @property
    def should_close(self) -> bool:
        """True: write what `data_to_send` still has, then close TCP.

        §7.1.1: "the underlying TCP connection, in most normal cases, SHOULD be closed first by the
        server", so a client waits `close_timeout` for that.
        """
        return self.state == CLOSED or (self.state == GOODBYE_DONE and not self.is_client)

    def close(self, code: int | None = 1000, reason: str = "", *, now: float) -> None:
        """Send a Close frame; the peer's Close ends the conversation.  Idempotent."""
        payload = closing.encode(code, reason)
        if self.state == OPEN:
            self._close(payload)
            self._move("we close")
            self._since = now

    def fail(self, code: int, reason: str, *, now: float) -> None:
        """_Fail the WebSocket Connection_ (§7.1.7): send Close unless it was sent; read no more."""
        if self.state in (OPEN, CLOSING):
            self._fail(RemoteError(reason, code), now)

    def receive_eof(self, now: float) -> None:
        """TCP has ended: the peer will send no more."""
        if self.state != CLOSED:
            self._move("TCP ends")
            self._end(Closed(close_codes.ABNORMAL, "TCP ended without a Close frame"), now)

    def _fail(self, error: RemoteError, now: float) -> None:
        # §7.1.7: "If _The WebSocket Connection is Established_ prior to the point where the
        # endpoint is required to _Fail the WebSocket Connection_, the endpoint SHOULD send a Close
        # frame with an appropriate status code".
        reason = closing.shortened(str(error))
        if self.state == OPEN:
            self._close(closing.encode(error.code, reason))
        self._move("peer breaks the rules")
        closed = Closed(error.code, reason)
        closed.__cause__ = error
        self._end(closed, now)

    def _end(self, closed: Closed, now: float) -> None:
        self._since = now
        # Drop the unfinished message.
        self._rest, self._left = b"", 0
        self._assembler.drop()
        if self.closed is None:
            self.closed = closed
            self._events.append(closed)

    # Time.

    def ping(self, payload: bytes | None = None, *, now: float) -> bytes:
        """Send a ping.  Returns the payload that its Pong event will have."""
        if self.state != OPEN:
            raise self._refusal()
        if payload is not None:
            if not isinstance(payload, (bytes, bytearray, memoryview)):
                raise LocalError(f"a ping carries bytes, not {type(payload).__name__}")
            payload = bytes(payload)
            if len(payload) > frames.MAX_CONTROL:
                raise LocalError(f"a ping carries {frames.MAX_CONTROL} bytes, not {len(payload)}")
        payload = self.pings.send(payload, now)
        self._ping(payload)
        return payload

    def next_deadline(self) -> float | None:
        """When to call `tick` next.  Ask again when the state has changed, and after `tick`."""
        if self.state == OPEN:
            return self.pings.next_deadline()
        return None if self.state == CLOSED else self._since + self.close_timeout

    def tick(self, now: float) -> None:
        """Send a ping, or abandon a peer that has timed out, if it is time for that."""
        if self.state == OPEN:
            due = self.pings.due(now)
            if due == "ping":
                self._ping(self.pings.send(None, now))
            elif due:
                self.abandon(f"nothing came for {self.pings.timeout:g} s after a ping", now=now)
        elif self.state != CLOSED and now >= self._since + self.close_timeout:
            self.abandon(f"no answer to Close for {self.close_timeout:g} s", now=now)

    def abandon(self, reason: str, *, now: float) -> None:
        """End without a Close frame, which the peer would not read."""
        if self.state != CLOSED:
            self._move("too late")
            self._end(Closed(close_codes.ABNORMAL, reason), now)


def _payload(message: Payload) -> tuple[int, bytes]:
    """(opcode, bytes) of a message or a part of one."""
    if type(message) is bytes:
        return BINARY, message
    if isinstance(message, str):
        try:
            return TEXT, message.encode()
        except UnicodeEncodeError as error:
            raise LocalError(f"text that has no UTF-8: {error}") from error
    if isinstance(message, bytes | bytearray | memoryview):
        return BINARY, bytes(message)
    raise LocalError(f"a message is str or bytes, not {type(message).__name__}")
