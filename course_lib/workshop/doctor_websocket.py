"""A small WebSocket client, in place of the browser.

    GET … Upgrade: websocket ──▶        RFC 6455, sections 1.3 and 5.2
              ◀── 101, frames ──▶

Builds on: nothing.
What is new here: it works on a bare Python, on which the doctor must run.
Left out: the whole rest of RFC 6455, which lessons 03 to 05 explain; it trusts a server that we
started ourselves.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

__all__ = ["Refused", "WebSocket"]

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA


class Refused(Exception):
    """The server refused the upgrade, or the connection ended."""


class WebSocket:
    """A connection to `host`:`port` that ends at `deadline` (of time.monotonic)."""

    def __init__(
        self, host: str, port: int, target: str, headers: Mapping[str, str], deadline: float
    ) -> None:
        self._deadline = deadline
        self._socket = socket.create_connection((host, port), self._left())
        self._buffer = b""
        try:
            self._shake_hands(host, port, target, headers)
        except BaseException:
            self.close()
            raise

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("time is up")
        return left

    def _shake_hands(self, host: str, port: int, target: str, headers: Mapping[str, str]) -> None:
        key = base64.b64encode(os.urandom(16))
        lines = [f"GET {target} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += [f"Sec-WebSocket-Key: {key.decode()}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        status, *rest = head.decode("latin-1").split("\r\n")
        if not status.startswith("HTTP/1.1 101 "):
            raise Refused(f"the answer to the upgrade is {status!r}")
        fields = {name.strip().lower(): value.strip() for name, _, value in map(_part, rest)}
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()
        if fields.get("sec-websocket-accept") != accept:
            raise Refused("something between answered the upgrade in the server's place")

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one JSON text."""
        self._frame(_TEXT, json.dumps(message).encode())

    def receive(self) -> dict[str, Any]:
        """The next JSON text.  Refused: the connection ended; TimeoutError: time is up."""
        text = b""
        while True:
            first, second = self._take(2)
            length = second & 0x7F
            if length > 125:
                form = ">H" if length == 126 else ">Q"
                [length] = struct.unpack(form, self._take(struct.calcsize(form)))
            payload = self._take(length)
            opcode = first & 0x0F
            if opcode == _CLOSE:
                raise Refused(f"the server hung up: {payload[2:].decode('utf-8', 'replace')}")
            if opcode == _PING:
                self._frame(_PONG, payload)
            elif opcode != _PONG:
                text += payload
                if first & 0x80:
                    message: dict[str, Any] = json.loads(text)
                    return message

    def close(self) -> None:
        self._socket.close()

    def _frame(self, opcode: int, payload: bytes) -> None:
        """Send one frame, masked, as a client must (RFC 6455, section 5.1)."""
        mask = os.urandom(4)
        head = struct.pack(">BB", 0x80 | opcode, 0x80 | min(len(payload), 126))
        if len(payload) > 125:
            head += struct.pack(">H", len(payload))  # enough: the doctor's messages are short
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self._socket.sendall(head + mask + masked)

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._receive()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _receive(self) -> None:
        self._socket.settimeout(self._left())
        data = self._socket.recv(65536)
        if not data:
            raise Refused("the connection was cut")
        self._buffer += data


def _part(line: str) -> tuple[str, str, str]:
    return line.partition(":")
