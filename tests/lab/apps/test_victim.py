"""The chat of lesson 03 and the page that attacks it, without a browser."""

from __future__ import annotations

import json

import pytest

from course_lib.errors import LocalError, RemoteError
from course_lib.lab.apps import attacker, victim
from course_lib.net import http_client, ws


async def _read(chat: victim.Chat, origin: str, cookie: str) -> list[str | bytes]:
    """What a browser with this cookie reads for a page of this origin."""
    opening = ws.connect(chat.socket_url, origin=origin, headers={"Cookie": cookie})
    async with opening as socket:
        return [await socket.recv() for _ in chat.said]


async def test_a_foreign_page_reads_all_until_the_origin_is_looked_at() -> None:
    """The one line of the lesson, while the chat runs."""
    async with victim.Chat() as chat, attacker.Page(chat) as page:
        assert await _read(chat, page.url, chat.session) == list(victim.SAID)
        chat.origins = None
        with pytest.raises(RemoteError) as refused:
            await _read(chat, page.url, chat.session)
        assert refused.value.code == 403
        assert await _read(chat, chat.url, chat.session) == list(victim.SAID)
        chat.origins = [page.url]
        assert await _read(chat, page.url, chat.session) == list(victim.SAID)


@pytest.mark.parametrize("cookie", ["", "session=guessed", "other=1; session=", "=;,;"])
async def test_who_is_not_signed_in_reads_nothing(cookie: str) -> None:
    """Neither by WebSocket nor by HTTP."""
    async with victim.Chat() as chat, http_client.Client() as http:
        news = await http.get(f"{chat.url}/messages", headers={"Cookie": cookie})
        assert news.status == 401
        with pytest.raises(RemoteError) as refused:
            await _read(chat, chat.url, cookie)
        assert refused.value.code == 401


async def test_a_cookie_of_another_server_on_this_computer_does_no_harm() -> None:
    """Ports share cookies, so JupyterLab's come along."""
    async with victim.Chat() as chat:
        cookie = f'_xsrf=2|7f; a[b]=1; username-localhost-8888="2|1:0|a:1"; {chat.session}'
        assert await _read(chat, chat.url, cookie) == list(victim.SAID)


async def test_what_is_said_reaches_everybody_who_listens_and_those_who_come_later() -> None:
    """Hangul and emoji included; Mina's own words carry her name."""
    async with victim.Chat() as chat:
        headers = {"Cookie": chat.session}
        async with ws.connect(chat.socket_url, headers=headers) as socket:
            assert [await socket.recv() for _ in victim.SAID] == list(victim.SAID)
            await socket.send("비밀 🔑")
            assert await socket.recv() == "Mina: 비밀 🔑"
            chat.post("Joon: ok")
            assert await socket.recv() == "Joon: ok"
        assert (await _read(chat, chat.url, chat.session))[-2:] == ["Mina: 비밀 🔑", "Joon: ok"]


async def test_the_page_signs_in_and_cors_names_its_own_origin_alone() -> None:
    """The browser keeps the answer from every other page."""
    async with victim.Chat() as chat, http_client.Client() as http:
        page = await http.get(chat.url)
        assert page.headers["Set-Cookie"].startswith(f"{chat.session};")
        news = await http.get(f"{chat.url}/messages", headers={"Cookie": chat.session})
        assert news.headers["Access-Control-Allow-Origin"] == chat.url
        assert json.loads(news.body) == list(victim.SAID)
        assert (await http.get(f"{chat.url}/x", headers={"Cookie": chat.session})).status == 404


async def test_the_attackers_page_names_its_target_and_keeps_what_it_gets() -> None:
    """And nothing beyond a limit."""
    async with (
        victim.Chat() as chat,
        attacker.Page(chat) as page,
        http_client.Client() as http,
    ):
        assert json.dumps(chat.url) in (await http.get(page.url)).text()
        page.loot = ["x"] * (attacker.MOST - 1)
        assert (await http.post(f"{page.url}/loot", "훔친 것".encode())).status == 204
        assert (await http.post(f"{page.url}/loot", b"more")).status == 404
        assert page.loot[-1] == "훔친 것" and len(page.loot) == attacker.MOST


async def test_closing_ends_the_open_sockets_and_twice_is_no_error() -> None:
    """Peers are told 1001."""
    chat = await victim.Chat().start()
    async with ws.connect(chat.socket_url, headers={"Cookie": chat.session}) as socket:
        await chat.close()
        await chat.close()
        async for _ in socket:
            pass
        assert socket.close_code == 1001
    with pytest.raises(LocalError, match="not running"):
        _ = chat.url
    with pytest.raises(LocalError, match="not served"):
        _ = attacker.Page(chat).url
