"""The programs in README.md run, as they stand there."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from course_lib.net import http_client
from course_lib.socketio import SimpleClient
from tests.engineio import node
from tests.socketio.programs import ROOT, program

# README's server has the port 3000, which may be in use where this test runs.
RUN = """
import runpy
from course_lib.socketio import Server
Server.serve.__defaults__ = ("127.0.0.1", 0)
runpy.run_path({path!r}, run_name="__main__")
"""


def blocks() -> list[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def chat(folder: Path) -> str:
    """The lines that serve the chat, in a file; and what Python is told to run them."""
    [text] = [block for block in blocks() if "io.serve(" in block]
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 15
    path = folder / "chat.py"
    path.write_text(text, encoding="utf-8")
    return RUN.format(path=str(path))


@node.needed
async def test_the_fifteen_lines_serve_a_page_and_a_chat(tmp_path: Path) -> None:
    """A page, the official client for it, and two clients who hear each other."""
    with program("-c", chat(tmp_path)) as (_, url):
        async with http_client.Client() as http:
            page = await http.get(url)
            assert (page.status, page.headers["content-type"]) == (200, "text/html")
            [script] = re.findall(r'<script src="(.+?)"', page.text())
            answer = await http.get(url + script)
            assert (answer.status, answer.headers["etag"]) == (200, '"4.8.4"')
        with SimpleClient() as mina, SimpleClient() as joon:
            mina.connect(url)
            joon.connect(url)
            mina.emit("say", "안녕")
            assert joon.receive(60) == mina.receive(60) == ["said", "안녕"]


async def test_the_script_hears_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines of the client that blocks, with the port of this test."""
    [text] = [block for block in blocks() if "SimpleClient" in block]
    with program("-c", chat(tmp_path)) as (_, url):
        exec(compile(text.replace("http://127.0.0.1:3000", url), "README.md", "exec"), {})
    assert capsys.readouterr().out == "['said', '안녕']\n"


async def test_the_other_programs_run() -> None:
    """Those that await, as in a cell; what they assert holds."""
    for text in blocks():
        if "async with" in text:
            space: dict[str, object] = {}
            exec("async def cell():\n" + textwrap.indent(text, "    "), space)
            await space["cell"]()  # type: ignore[operator]
