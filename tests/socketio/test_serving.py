"""`io.serve`, and `course-lib serve`: a server as a program, until a signal."""

from __future__ import annotations

import ast
import asyncio
import os
import signal
import socket as sockets
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from course_lib.errors import ConnectionClosed, LocalError
from course_lib.net import http_client
from course_lib.socketio import Server, SimpleClient, command, serving

from .programs import ROOT, environment, program

windows = pytest.mark.skipif(
    os.name == "nt", reason="platform: Windows sends no SIGINT to one process"
)

APP = """
import asyncio
from course_lib.socketio import Server
from course_lib.wire.http.http11 import Response

io = Server(serve_client=False)
PAUSE = 0.05

@io.on("connection")
def connected(socket):
    @socket.on("loop")
    def loop():
        return type(asyncio.get_running_loop()).__module__

    @socket.on("disconnect")
    async def left(reason, description):
        print("left:", reason, flush=True)
        await asyncio.sleep(PAUSE)
        print("stored", flush=True)

def page(request):
    return Response(200, body=b"a page")

number = 3
"""
SERVE = "\nio.serve(port=0, other=page, {})\nprint('over', flush=True)\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text(APP, encoding="utf-8")
    return path


@windows
@pytest.mark.parametrize(
    ("number", "uvloop", "loop"),
    [
        pytest.param(signal.SIGINT, None, "uvloop", id="Ctrl-C"),
        pytest.param(signal.SIGTERM, False, "asyncio.unix_events", id="SIGTERM, asyncio's loop"),
    ],
)
def test_a_signal_ends_it_in_order(app: Path, number: int, uvloop: bool | None, loop: str) -> None:
    """The client is told, listeners end, the port is closed, the program goes on after `serve`."""
    with app.open("a", encoding="utf-8") as file:
        file.write(SERVE.format(f"uvloop={uvloop}"))
    with program(str(app)) as (process, url), SimpleClient() as client:
        client.connect(url, transports=["websocket"])
        assert client.call("loop") == loop
        process.send_signal(number)
        with pytest.raises(ConnectionClosed, match="transport close"):
            client.receive(60)
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.read() == "left: server shutting down\nstored\nover\n"
        assert process.stderr.read() == ""
        assert process.wait(60) == 0


@windows
def test_a_second_signal_ends_it_at_once(app: Path) -> None:
    """Although a listener has an hour of work."""
    text = APP.replace("0.05", "3600") + SERVE.format("grace=3600")
    app.write_text(text, encoding="utf-8")
    with program(str(app)) as (process, url), SimpleClient() as client:
        client.connect(url)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.readline() == "left: server shutting down\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == -signal.SIGINT
        assert process.stdout.read() == ""


@windows
async def test_the_command_serves_what_a_module_has(app: Path) -> None:
    """From the folder that it is typed in; `--other` answers what is not the server's."""
    arguments = ("-m", "course_lib", "serve", "app:io", "--port", "0", "--other", "app:page")
    with program(*arguments, cwd=app.parent) as (process, url):
        async with http_client.Client() as http:
            assert (await http.get(f"{url}/anything")).body == b"a page"
            answer = await http.get(f"{url}/socket.io/?EIO=4&transport=polling")
            assert answer.body.startswith(b'0{"sid":')
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stderr is not None and process.stderr.read() == ""


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["app"], "'app': write MODULE:NAME, as in app:io.", 2),
        (["nowhere:io"], "There is no module nowhere, seen from this folder.", 2),
        (["app.part:io"], "There is no module app.part, seen from this folder.", 2),
        (["app:server"], "app has no server.", 2),
        (["app:number"], "app:number is no Socket.IO server, but 3.", 2),
        (["app:io", "--other", "app:number"], "app:number is no function, but 3.", 2),
        (["app:io", "--port", "65536"], "port=65536: a port is 1 to 65535, or 0 for any", 1),
    ],
)
def test_a_mistake_is_one_sentence(
    app: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
    code: int,
) -> None:
    """And an exit code: 2 if there is no such server."""
    # `syspath_prepend` would call into `pkg_resources`, of which kosoku brings half.
    monkeypatch.setattr(sys, "path", [str(app.parent), *sys.path])
    monkeypatch.delitem(sys.modules, "app", raising=False)
    assert command.main(arguments) == code
    error = capsys.readouterr().err
    assert error.startswith(said) and error.count("\n") == 1
    sys.modules.pop("app", None)


def test_a_module_that_is_broken_has_its_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that *it* imports is missing: the traceback says where."""
    (tmp_path / "broken_app.py").write_text("import not_installed_at_all\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(ModuleNotFoundError, match="not_installed_at_all"):
        command.main(["broken_app:io"])


@pytest.mark.wide
def test_the_command_line_gives_exit_code_and_sentence_on(app: Path) -> None:
    """`python -m course_lib serve` is the module's own answer."""
    answer = subprocess.run(
        [sys.executable, "-m", "course_lib", "serve", "app:number"],
        cwd=app.parent,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
    )
    said = "app:number is no Socket.IO server, but 3.\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", said)


@pytest.mark.parametrize("uvloop", [None, False])
def test_a_port_in_use_is_said_so(uvloop: bool | None) -> None:
    """With its number; and the signals are as before."""
    before = [signal.getsignal(number) for number in serving.SIGNALS]
    with sockets.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(LocalError, match=f"port {port} of .* is in use by another"):
            Server().serve(port=port, uvloop=uvloop)
    with pytest.raises(LocalError, match="is no address of this computer"):
        Server().serve("192.0.2.1", 0, uvloop=uvloop)
    assert [signal.getsignal(number) for number in serving.SIGNALS] == before


async def test_where_a_loop_runs_it_names_listen() -> None:
    """A notebook's kernel would stop."""
    with pytest.raises(LocalError, match=r"async with io\.listen"):
        Server().serve(port=0)


def test_outside_the_main_thread_no_signal_arrives() -> None:
    """So nothing would end it."""
    errors: list[BaseException] = []

    def attempt() -> None:
        try:
            Server().serve(port=0)
        except LocalError as error:
            errors.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert "main thread" in str(errors[0])


def test_uvloop_is_taken_if_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """And missed only by whoever insists."""
    monkeypatch.setitem(sys.modules, "uvloop", None)  # as if it were not installed
    assert serving._loop_factory(None) is None
    assert serving._loop_factory(False) is None
    with pytest.raises(LocalError, match=r"course-lib\[speed\]"):
        Server().serve(port=0, uvloop=True)


def test_a_signal_that_the_shell_ignores_stays_ignored() -> None:
    """`nohup`, and a program in the background of a script."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:

        async def look() -> None:
            with serving._told_by_a_signal():
                assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
                assert callable(signal.getsignal(signal.SIGTERM))

        asyncio.run(look())
    finally:
        signal.signal(signal.SIGINT, before)


def test_nothing_else_in_the_library_touches_signals() -> None:
    """`listen` leaves those of a notebook, or of another server, as they are."""
    users = []
    for path in (ROOT / "course_lib").rglob("*.py"):
        floor = path.relative_to(ROOT / "course_lib").parts[0]
        if floor in ("lab", "workshop"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            attribute = node.attr if isinstance(node, ast.Attribute) else ""
            if "signal" in names or attribute == "add_signal_handler":
                users.append(path.relative_to(ROOT).as_posix())
    assert users == ["course_lib/socketio/serving.py"]
