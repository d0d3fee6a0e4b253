"""Several raw clients of one server, by name, and chains of operators that it runs for them."""

from __future__ import annotations

import json
from typing import Any

from .conftest import Served
from .raw import Raw

Steps = list[list[Any]]


class Party:
    """Clients of one namespace; each has said its name in `auth`, and is in some rooms."""

    def __init__(self, server: Served, nsp: str = "/") -> None:
        self.server, self.nsp = server, nsp
        self.raws: dict[str, Raw] = {}
        self.ids: dict[str, str] = {}
        self.prefix = "42" if nsp == "/" else f"42{nsp},"

    async def come(self, name: str, *rooms: str) -> Raw:
        """One more client."""
        raw = self.raws[name] = await self.server.open()
        self.ids[name] = await raw.connect(self.nsp, {"user": name})
        if rooms:
            await self.run(name, "socket", ["join", list(rooms)])
        return raw

    async def run(self, name: str, start: str, *steps: list[Any]) -> Any:
        """Let the server run a chain for this client; what came of it."""
        return await self.ask(name, "run", start, list(steps))

    async def ask(self, name: str, *event: Any) -> Any:
        """Emit with an acknowledgement; other events that come before the answer are dropped."""
        raw = self.raws[name]
        await raw.say(f"{self.prefix[:2]}{self.prefix[2:]}0{compact(event)}")
        answer = f"43{self.prefix[2:]}0"
        while not (heard := str(await raw.hear())).startswith(answer):
            pass
        return (json.loads(heard.removeprefix(answer)) or [None])[0]

    async def who_hears(self, name: str, start: str, *steps: list[Any]) -> list[str]:
        """Those who have got the event "x" of a chain, by name; twice is twice."""
        await self.raws[name].say(f"{self.prefix}{compact(['run', start, list(steps)])}")
        await self.raws[name].say(f"{self.prefix}{compact(['run', self.nsp, [['emit', 'end']]])}")
        heard = []
        for other, raw in sorted(self.raws.items()):
            while (message := str(await raw.hear())) != f'{self.prefix}["end"]':
                assert message.startswith(f'{self.prefix}["x"'), message
                heard.append(other)
        return heard


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


async def party(server: Served, nsp: str = "/", **rooms: list[str]) -> Party:
    """Clients with these names, in these rooms."""
    found = Party(server, nsp)
    for name, own in rooms.items():
        await found.come(name, *own)
    return found


__all__ = ["Party", "compact", "party"]
