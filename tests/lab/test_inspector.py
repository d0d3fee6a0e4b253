"""The inspector without a browser: what is chosen, what is said of it, and what is sent."""

from __future__ import annotations

import asyncio
import builtins
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course_lib import lab
from course_lib.errors import LocalError
from course_lib.lab import clock, inspector, loop, tap
from course_lib.lab._inspector import fields
from course_lib.lab._inspector import live as inspector_live
from course_lib.lab._inspector import scene as inspector_scene
from course_lib.lab._inspector import view as inspector_view
from course_lib.lab.authoring import lesson_run
from course_lib.lab.figures import plot_sequence
from course_lib.lab.recording import RECEIVED, SENT, Event, Recording, load
from course_lib.net import http_client, http_server
from course_lib.wire.http import http11

from .test_sequence import GET, OK, by_hand, long_poll


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Inspectors that follow register themselves to be closed."""
    yield
    loop.teardown()


def one_message(data: bytes) -> inspector.Inspector:
    """A question with this body, chosen."""
    recording = Recording("one")
    client = recording.open(0.0, "client", "c:1", "s:1")
    assert client is not None
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(data)
    recording.add(0.0, client, SENT, head + data)
    view = inspector.show(recording)
    view.select_message(1)
    return view


# --- what is chosen


def test_a_message_a_byte_and_a_field_lead_to_each_other() -> None:
    """Each choice is a function call, and its explanation a sentence."""
    view = inspector.show(long_poll())
    assert (view.message, view.byte, view.field, view.explanation) == (None, None, None, "")
    view.select_message(2)
    assert view.explanation == (
        "Message 2, server to client: 200 OK (http, 156 bytes). It answers message 1. "
        "It was on the way for 25 ms."
    )
    view.select_byte(17)
    assert view.field is not None
    assert (view.field.name, view.choice.field_id) == ("name", "1.0")
    assert view.explanation == (
        'Byte 17 is 43, "C". It belongs to: header Content-Type / name (bytes 17 to 28). '
        "It reads: Content-Type. Upper or lower case makes no difference. (RFC 9110 §5.1)"
    )
    view.select_field("reason")
    assert (view.byte, view.field.name, view.field.start) == (None, "reason", 13)
    assert view.explanation.startswith("status line / reason (bytes 13 to 14). It reads: OK.")
    view.select_field("1")
    assert view.field.name == "header Content-Type"
    view.select_message(1)
    assert (view.byte, view.field) == (None, None)


def test_what_is_not_there_cannot_be_chosen() -> None:
    """The choice before it stays."""
    view = inspector.show(long_poll())
    for call in (lambda: view.select_byte(0), lambda: view.select_field("method")):
        with pytest.raises(LocalError, match="choose a message first"):
            call()
    for number in (0, 7, -1):
        with pytest.raises(LocalError, match=f"no message {number}; there are 6"):
            view.select_message(number)
    view.select_message(1)
    view.select_byte(3)
    for offset in (-1, 57):
        with pytest.raises(LocalError, match="has the bytes 0 to 56"):
            view.select_byte(offset)
    with pytest.raises(LocalError, match="has no field 'reason'; it has request line, method"):
        view.select_field("reason")
    assert view.byte == 3
    with pytest.raises(LocalError, match="at least one message"):
        inspector.show(Recording(), most=0)


def test_every_byte_of_every_message_is_explained() -> None:
    """Choosing bytes one after another never fails, and names the field that has the byte."""
    view = inspector.show(long_poll())
    for message in view.messages:
        view.select_message(message.number)
        for offset in range(message.size):
            view.select_byte(offset)
            assert view.field is not None and view.field.start <= offset < view.field.stop
            assert fields.path_of(message, view.choice.field_id)[-1] is view.field
            assert view.explanation.startswith(f"Byte {offset} is {message.data[offset]:02x}")


def test_a_learner_may_be_wrong_before_it_is_shown() -> None:
    """With `ask` a byte's field is a question first."""
    view = inspector.show(long_poll(), ask=True)
    view.select_message(2)
    view.select_byte(40)
    text, names = view.question
    assert text == view.explanation == 'Byte 40 is 6f, "o". Which field is it in?'
    assert (view.field, view.choice.field_id) == (None, "")
    assert "value" in names and len(names) == 4
    with pytest.raises(LocalError, match="'method' is none of"):
        view.guess("method")
    shown = inspector_view.View(view)
    assert shown.detail["fields"] == []  # they would tell
    assert view.guess("colon") is False
    assert [row["name"] for row in shown.detail["fields"]][:2] == ["status line", "version"]
    assert view.explanation.startswith('Not in "colon". Byte 40 is 6f, "o". It belongs to: header')
    with pytest.raises(LocalError, match="nothing is asked"):
        view.guess("value")
    view.select_byte(41)
    assert view.guess("value") is True
    assert view.explanation.startswith("Right. Byte 41")
    view.select_byte(42)
    view.ask = False
    assert view.question == ("", []) and view.field is not None


def test_the_right_name_is_always_among_those_offered() -> None:
    """Wherever the byte is; and where it stands among them tells nothing."""
    view = inspector.show(long_poll())
    places = set()
    for message in view.messages:
        for offset in range(message.size):
            _, names = fields.question(message, offset)
            places.add(names.index(message.path(offset)[-1].name))
    assert places == {0, 1, 2, 3}
    assert fields.question(one_message(b"").messages[0], 0)[1]


# --- what is in sight


def test_only_some_messages_are_in_sight_and_the_chosen_one_is_among_them() -> None:
    """A long recording costs no more to show than a short one."""
    view = inspector.show(by_hand(50), most=6)
    assert [message.number for message in view.in_sight] == [1, 2, 3, 4, 5, 6]
    view.select_message(60)
    assert [message.number for message in view.in_sight] == [57, 58, 59, 60, 61, 62]
    assert [arrow.message.number for arrow in view.diagram.arrows] == [57, 58, 59, 60, 61, 62]
    assert [lane.title for lane in view.diagram.lanes] == [
        "client 29",
        "client 30",
        "server",
        "client 31",
    ]
    view.look_from(100)
    assert [message.number for message in view.in_sight] == [95, 96, 97, 98, 99, 100]
    view.look_from(-5)
    assert view.in_sight[0].number == 1
    assert view.message is not None and view.message.number == 60


def test_a_long_message_shows_the_bytes_around_the_chosen_one() -> None:
    """1,024 at a time, in rows of 16, and Hangul stands where its first byte is."""
    view = one_message("가나".encode() * 1000)
    message = view.messages[0]
    rows = fields.rows_of_bytes(message)
    assert (len(rows), rows[0]["offset"], rows[-1]["offset"]) == (64, 0, 1008)
    view.select_byte(message.size - 1)
    rows = fields.rows_of_bytes(message, message.size - 1)
    assert rows[0]["offset"] == 5120
    assert b"".join(bytes.fromhex("".join(row["hex"])) for row in rows) == message.data[5120:]
    assert all(len(row["hex"]) == len(row["text"]) for row in rows)
    assert "".join(rows[1]["text"]).strip("_") in "가_나_가_나_가_나_"


def test_a_tree_of_very_many_fields_is_cut() -> None:
    """What it leaves out can still be chosen."""
    recording = Recording()
    client = recording.open(0.0, "client", "c:1", "s:1")
    assert client is not None
    many = b"".join(b"X-%d: 1\r\n" % number for number in range(120))
    recording.add(0.0, client, SENT, b"GET / HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n")
    view = inspector.show(recording)
    view.select_message(1)
    assert len(fields.tree(view.messages[0])) == fields.FIELDS
    view.select_byte(view.messages[0].size - 1)
    assert view.field is not None and view.field.name == "empty line"


def test_the_scene_has_the_same_arrows_as_the_figure() -> None:
    """Geometry in pixels, a look for each layer, words for who sees none of it."""
    view = inspector.show(long_poll())
    scene = inspector_scene.scene(view.diagram)
    assert json.loads(json.dumps(scene)) == scene
    assert scene["alt"] == plot_sequence.sequence(view.diagram).alt
    first, second = scene["arrows"][:2]
    client, server = (lane["x"] for lane in scene["lanes"])
    assert (first["x0"], first["x1"]) == (client, server)
    assert (second["x0"], second["x1"]) == (server, client)
    slants = [arrow["y1"] - arrow["y0"] for arrow in scene["arrows"]]
    assert slants[0] == pytest.approx(3 * slants[1], abs=0.3)
    assert first["label"]["text"] == "1  GET /messages?si…"
    assert first["delay"]["text"] == "75 ms"
    assert scene["layers"] == [{"name": "http", "color": "#0072B2", "dash": ""}]
    assert [tick["text"] for tick in scene["ticks"] if "⋮" in tick["text"]] == [
        "⋮ 625 ms ⋮",
        "⋮ 2 s ⋮",
        "⋮ 900 ms ⋮",
    ]
    assert inspector_scene.look_of("websocket")["dash"] == "9 3"
    looks = [tuple(inspector_scene.look_of(layer).values()) for layer in plot_sequence.LAYERS]
    assert len({color for color, _ in looks}) == len({dash for _, dash in looks}) == len(looks)


def test_labels_in_the_scene_do_not_cover_each_other() -> None:
    """Also where many messages begin at once, and on several lanes."""
    for clients in (1, 3):
        scene = inspector_scene.scene(inspector.show(by_hand(clients)).diagram)
        places = [(arrow["label"]["x"], arrow["label"]["y"]) for arrow in scene["arrows"]]
        for x, y in places:
            near = [b for a, b in places if a == x and b != y and abs(b - y) < 14]
            assert near == []


def test_rows_of_the_list_say_everything_in_one_sentence() -> None:
    """A row for eyes, a label for ears."""
    rows = inspector_scene.rows(inspector.show(long_poll()).diagram)
    assert rows[1]["label"] == (
        "2. 700 ms: server to client: 200 OK (http, 156 bytes); on the way for 25 ms; its request "
        "was held for 625 ms"
    )
    picked = [rows[1][name] for name in ("number", "way", "title", "size", "delay")]
    assert picked == [2, "←", "200 OK", 156, "25 ms"]


# --- live


async def test_it_follows_what_is_recorded_and_the_choice_stays() -> None:
    """The first look is soon; what is chosen is not lost when more comes."""

    def hello(_: http11.Request) -> http11.Response:
        return http11.Response(200, body=b"hello")

    taps = tap.Tap("live")
    view = inspector.live(taps, most=4)
    with taps:
        async with http_server.serve(hello) as server, http_client.Client() as http:
            await http.get(server.url + "/1")
            await lab.until(lambda: len(view.messages) == 2)
            view.select_message(1)
            view.select_byte(0)
            assert not view.follow
            for number in (2, 3, 4):
                await http.get(f"{server.url}/{number}")
            await lab.until(lambda: len(view.messages) == 8)
            assert view.message is not None
            assert (view.message.title, view.byte) == ("GET /1", 0)
            assert view.in_sight[0].number == 1
            view.follow = True
            assert [message.number for message in view.in_sight] == [5, 6, 7, 8]
            await http.get(server.url + "/5")
    view.close()
    view.close()
    assert len(view.messages) == 10 and taps.recording.on_change is None


async def test_many_events_cost_few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much passes, it looks once, and then not for a while."""
    recording = by_hand()
    heard: list[Event] = []
    recording.on_change = heard.append
    view = inspector.live(recording)
    looks: list[int] = []
    monkeypatch.setattr(view, "refresh", lambda: looks.append(len(recording.events)))
    client = recording.ends[0]
    for number in range(1000):
        recording.add(2.0, client, SENT, GET % number)
    assert (looks, len(heard)) == ([], 1000)
    await lab.until(lambda: looks)
    assert looks == [1004]
    recording.add(3.0, client, SENT, GET % 1)
    for _ in range(10):
        await asyncio.sleep(0)
    assert looks == [1004]
    assert view.listener._next - asyncio.get_running_loop().time() > inspector_live.EVERY / 2
    monkeypatch.undo()
    view.close()
    recording.add(4.0, client, SENT, GET % 1)
    assert len(heard) == 1002 and recording.on_change == heard.append


async def test_traffic_of_the_simulator_is_followed_too() -> None:
    """Its clock is another; the look comes when the kernel's loop moves again."""
    loop.setup()
    taps = tap.Tap()
    view = inspector.live(taps)

    async def main() -> None:
        with taps:
            async with (
                http_server.serve(lambda _: http11.Response(200)) as server,
                http_client.Client() as http,
            ):
                for _ in range(3):
                    await http.get(server.url)
                    await asyncio.sleep(3600)

    clock.simulate(main())
    await lab.until(lambda: len(view.messages) == 6)
    view.close()


def test_nothing_can_be_followed_without_a_loop() -> None:
    """And the message says what to do."""
    with pytest.raises(LocalError, match=r"call lab\.start\(\) first"):
        inspector.live(Recording())


def test_a_message_that_grows_stays_chosen() -> None:
    """Half a question is a message; the rest of it makes it whole."""
    recording = Recording()
    client = recording.open(0.0, "client", "c:1", "s:1")
    server = recording.open(0.0, "server", "s:1", "c:1")
    assert client is not None and server is not None
    asked = GET % 1
    recording.add(0.0, client, SENT, asked[:9])
    view = inspector.show(recording)
    view.select_message(1)
    assert view.message is not None and view.message.state == "incomplete"
    view.select_byte(0)
    recording.add(0.1, client, SENT, asked[9:])
    recording.add(0.2, server, RECEIVED, asked)
    recording.add(0.3, server, SENT, OK)
    view.refresh()
    assert view.message is not None and view.message.state == "whole"
    assert view.byte == 0 and view.field is not None and view.field.name == "method"


def test_what_is_chosen_in_a_refused_message_stays_chosen() -> None:
    """Its fields are found anew at each look; an outer field stays the outer one."""
    recording = Recording()
    client = recording.open(0.0, "client", "c:1", "s:1")
    assert client is not None
    recording.add(0.0, client, SENT, b"GET / HTTP/1.1\r\nno colon\r\n\r\n")
    view = inspector.show(recording)
    view.select_message(1)
    assert view.message is not None and view.message.state == "refused"
    for choose, path in (
        (lambda: view.select_field("0"), "0"),
        (lambda: view.select_field("method"), "0.0"),
        (lambda: view.select_byte(1), "0.0"),
    ):
        choose()
        recording.add(0.1, client, SENT, b"more")
        view.refresh()
        assert view.choice.field_id == path
    assert view.byte == 1


async def test_who_follows_learns_how_much_does_not_fit() -> None:
    """The recording is full, and what is missed still counts up in sight."""
    recording = by_hand()
    recording.limit = 1
    view = inspector.live(recording)
    inspector_view.bundle(view)
    for count in (1, 2):
        recording.add(float(count), recording.ends[0], SENT, b"x")
        await lab.until(lambda count=count: view.view.bar["missed"] == count)
    view.close()


# --- files


def test_a_recording_is_saved_loaded_and_exported(tmp_path: Path) -> None:
    """And only recordings are overwritten."""
    view = inspector.show(long_poll())
    path = view.save(tmp_path / "채팅.json")
    assert load(path).events == long_poll().events
    view.save(path)
    assert view.export(tmp_path / "chat.csv").read_text("utf-8-sig").startswith("at_s,")
    other = inspector.show(Recording(), ask=True)
    other.load(path)
    assert len(other.messages) == 6 and other.ask
    package = tmp_path / "package.json"
    package.write_text("{}", encoding="utf-8")
    with pytest.raises(LocalError, match="not a recording"):
        view.save(package)
    assert package.read_text(encoding="utf-8") == "{}"
    for name in ("lesson.ipynb", "chat.csv"):
        with pytest.raises(LocalError, match=r"ends in \.json"):
            view.save(tmp_path / name)
    with pytest.raises(LocalError, match=r"ends in \.csv or \.txt"):
        view.export(tmp_path / "chat.json")
    with pytest.raises(FileNotFoundError):
        view.load(tmp_path / "nothing.json")
    assert len(view.messages) == 6


async def test_who_loads_a_recording_follows_no_longer(tmp_path: Path) -> None:
    """The tap goes on; the inspector shows what was saved."""
    path = long_poll().save(tmp_path / "chat.json")
    taps = tap.Tap()
    view = inspector.live(taps)
    view.load(path)
    assert view.listener is None and not view.follow
    assert taps.recording.on_change is None
    assert len(view.messages) == 6


# --- the widget, and what stands in for it


def wish(view: inspector.Inspector, do: str, what: object, number: int = 1) -> Any:
    """What the browser sends, and what it then is sent."""
    inspector_view.bundle(view)
    view.view._wished(None, {"do": do, "what": what, "view": "v", "wish": number}, [])
    return view.view


def test_what_the_browser_wishes_is_the_function_call() -> None:
    """And the answer says which wish it is for."""
    view = inspector.show(long_poll())
    widget = wish(view, "message", 2, number=5)
    assert view.message is not None and view.message.number == 2
    assert widget.chosen["explanation"] == view.explanation
    assert (widget.chosen["view"], widget.chosen["wish"]) == ("v", 5)
    assert widget.detail["number"] == 2 and len(widget.detail["rows"]) == 10
    wish(view, "byte", 17)
    assert (widget.chosen["byte"], widget.chosen["field"]) == (17, "1.0")
    assert (widget.chosen["start"], widget.chosen["stop"]) == (17, 29)
    wish(view, "field", "0")
    assert (widget.chosen["byte"], widget.chosen["start"], widget.chosen["stop"]) == (None, 0, 17)
    wish(view, "ask", True)
    wish(view, "byte", 0)
    assert (widget.chosen["start"], widget.chosen["stop"]) == (0, 0)
    assert "version" in widget.chosen["names"]
    wish(view, "guess", "version")
    assert widget.chosen["explanation"].startswith("Right. ")
    view.select_message(3)
    assert widget.chosen["message"] == 3


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    """A name that is no file, a message that is not there: words, not a traceback."""
    view = inspector.show(long_poll())
    assert wish(view, "load", str(tmp_path / "x.json")).bar["status"].startswith("[Errno 2]")
    assert wish(view, "message", 99).bar["status"] == "no message 99; there are 6"
    saved = wish(view, "save", str(tmp_path / "a.json")).bar["status"]
    assert saved.endswith("a.json. It holds everything that was said, passwords included.")
    assert wish(view, "message", 1).bar["status"] == ""
    assert wish(view, "export", str(tmp_path / "a.txt")).bar["status"].startswith("Exported to ")
    assert wish(view, "load", str(tmp_path / "a.json")).bar["status"].startswith("Loaded ")


def test_bytes_that_have_not_arrived_are_told_apart() -> None:
    """In the widget by their count, and in words; each delay is more than nothing."""
    recording = Recording()
    client = recording.open(0.0, "client", "c:1", "s:1")
    server = recording.open(0.0, "server", "s:1", "c:1")
    assert client is not None and server is not None
    asked = GET % 1
    recording.add(0.0, client, SENT, asked)
    recording.add(0.00004, server, RECEIVED, asked)
    recording.add(1.0, server, SENT, OK)
    recording.add(1.1, client, RECEIVED, OK[:9])
    recording.add(1.2, client, "closed", note="reset")
    view = inspector.show(recording)
    shown = inspector_view.View(view)
    view.select_message(1)
    assert view.explanation.endswith("It was on the way for <0.05 ms.")
    assert inspector_scene.rows(view.diagram)[0]["delay"] == "40 µs"
    assert shown.detail["arrived"] == shown.detail["size"] == len(asked)
    view.select_message(2)
    assert (shown.detail["arrived"], shown.detail["size"]) == (9, len(OK))
    view.select_byte(8)
    assert "arrived" not in view.explanation
    view.select_byte(9)
    assert view.explanation.startswith('Byte 9 is 32, "2". It has not arrived. It belongs to: ')


def test_a_figure_is_drawn_only_where_the_widget_is_not_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes a second on a busy computer, at each display."""
    drawn: list[object] = []
    plot = inspector.sequence.plot
    monkeypatch.setattr(inspector.sequence, "plot", lambda what: drawn.append(what) or plot(what))
    html = inspector.show(long_poll())._repr_mimebundle_()["text/html"]
    assert drawn == [] and "<img" not in html
    assert '<ol aria-label="messages of long polling"><li>' in html


def test_without_a_front_end_there_is_a_figure_and_a_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What a stored notebook keeps, when the widget's view is taken out."""
    stored = lesson_run.environment(tmp_path, stored=True)
    monkeypatch.setenv("COURSE_KEEPS_FIGURES", stored["COURSE_KEEPS_FIGURES"])
    view = inspector.show(long_poll())
    bundle = view._repr_mimebundle_()
    assert lesson_run.WIDGET in bundle
    assert bundle["text/plain"].splitlines()[0] == "0 ms: client, connection 1 opened"
    assert '<img alt="6 messages (http), on 1 connection' in bundle["text/html"]
    assert '<ol aria-label="messages of long polling"><li>' in bundle["text/html"]
    assert bundle[lesson_run.WIDGET] == view._repr_mimebundle_()[lesson_run.WIDGET]
    empty = inspector.show(Recording())
    assert repr(empty) == "(nothing is recorded yet)"
    assert empty._repr_mimebundle_()["text/html"] == "<p>(nothing is recorded yet)</p>"


def test_it_works_where_anywidget_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in is shown."""
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name.endswith("_inspector") and "view" in (args[2] or () if len(args) > 2 else ()):
            raise ImportError("no anywidget")
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    bundle = inspector.show(long_poll())._repr_mimebundle_()
    assert bundle.keys() == {"text/plain", "text/html"}
    assert "<img" in bundle["text/html"]
