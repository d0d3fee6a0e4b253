"""The witness notices when the server's loop stands still."""

from __future__ import annotations

import time

import pytest

from course_lib.errors import LocalError
from course_lib.lab._start_here import witness
from course_lib.lab.apps import finished_chat


async def test_a_blocked_loop_is_a_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten heartbeats' worth of blocking shows as a silence of at least that."""
    monkeypatch.setattr(finished_chat, "HEARTBEAT", 0.05)
    async with finished_chat.Server() as chat:
        guest = await witness.Witness(chat.url).start()
        guest.reset()
        time.sleep(0.5)  # noqa: ASYNC251 - that is what is tested
        assert guest.longest_silence >= 0.5
        assert guest.beats >= 1
        await guest.close()
        await guest.close()


async def test_the_server_may_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the witness has ended, and closing it is no error."""
    monkeypatch.setattr(finished_chat, "HEARTBEAT", 0.05)
    async with finished_chat.Server() as chat:
        guest = await witness.Witness(chat.url).start()
    await guest.close()
    assert not guest._thread.is_alive()


async def test_without_a_chat_it_says_where_it_looked() -> None:
    """A port that was closed again."""
    async with finished_chat.Server() as chat:
        url = chat.url
    with pytest.raises(LocalError, match="could not join http://127"):
        await witness.Witness(url).start()
