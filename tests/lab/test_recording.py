"""Recordings: two ends put together by the count of bytes, and files that survive a journey."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.lab import recording as recordings
from course_lib.lab.recording import CLOSED, CLOSING, END_SENT, RECEIVED, SENT, Event, Recording

CLIENT, SERVER = "127.0.0.1:50000", "127.0.0.1:8000"


def two_ends(recording: Recording | None = None, client: str = CLIENT) -> tuple[Any, ...]:
    """A recording with both ends of a connection."""
    recording = recording or Recording("two ends")
    ends = [
        recording.open(0.0, "client", client, SERVER, what="a.Client"),
        recording.open(0.01, "server", SERVER, client, what="a.Server"),
    ]
    return recording, *ends


def small() -> Recording:
    """A short conversation: two writes up, read as two other pieces; Hangul and zeros down."""
    recording, client, server = two_ends()
    recording.add(0.1, client, SENT, b"GET / HT")
    recording.add(0.2, client, SENT, b"TP/1.1\r\n\r\n")
    recording.add(0.3, server, RECEIVED, b"GET / HTTP/1.1")
    recording.add(0.4, server, RECEIVED, b"\r\n\r\n")
    recording.add(0.5, server, SENT, "안녕\x00".encode())
    recording.add(0.5, server, CLOSING, note="close")
    recording.add(0.6, client, RECEIVED, "안".encode())
    recording.add(0.7, client, CLOSED, note="ConnectionResetError: gone")
    return recording


def test_the_ends_of_a_connection_are_matched_byte_by_byte() -> None:
    """Each byte has the time of the write it was in, and of the read that had it."""
    (connection,) = small().connections()
    up, down = connection.up, connection.down
    assert (up.data, down.data) == (b"GET / HTTP/1.1\r\n\r\n", "안녕\x00".encode())
    assert [up.sent_at(i) for i in (0, 7, 8, 17, 18)] == [0.1, 0.1, 0.2, 0.2, None]
    assert [up.arrived_at(i) for i in (0, 13, 14, 17, 18)] == [0.3, 0.3, 0.4, 0.4, None]
    assert [down.arrived_at(i) for i in (2, 3)] == [0.6, None]
    assert up.writes(0, 18) == [(0.1, 0.3), (0.2, 0.4)]
    assert up.writes(0, 5) == [(0.1, 0.3)]
    assert (connection.opened, connection.closed, down.ended) == (0.0, None, "ended")


def test_an_end_alone_is_a_connection_with_one_time() -> None:
    """A browser's server: arrivals up, departures down; the other time is unknown."""
    recording = Recording()
    server = recording.open(0.0, "server", SERVER, CLIENT)
    assert server is not None
    recording.add(0.1, server, RECEIVED, b"question")
    recording.add(0.2, server, SENT, b"answer")
    (connection,) = recording.connections()
    assert (connection.client, connection.client_address) == (None, CLIENT)
    assert (connection.up.sent_at(0), connection.up.arrived_at(0)) == (None, 0.1)
    assert (connection.down.sent_at(0), connection.down.arrived_at(0)) == (0.2, None)
    assert (connection.up.data, connection.down.data) == (b"question", b"answer")
    assert connection.up.writes(0, 8) == []


def test_an_address_that_comes_again_is_another_connection() -> None:
    """A port used twice: each end goes with the one that opened next to it."""
    recording, client, server = two_ends()
    recording.add(1.0, client, CLOSED)
    recording.add(1.0, server, CLOSED)
    again = [
        recording.open(9.01, "server", SERVER, CLIENT),
        recording.open(9.0, "client", CLIENT, SERVER),
    ]
    first, second = recording.connections()
    assert (first.client, first.server) == (client, server)
    assert [second.server, second.client] == again
    assert (first.closed, second.closed) == (1.0, None)


def test_a_proxy_that_is_known_is_looked_through() -> None:
    """The server sees the proxy's address; the bridge says whose connection it really is."""
    recording = Recording()
    recording.open(0.0, "client", CLIENT, "127.0.0.1:7000")  # the proxy listens there
    recording.open(0.1, "server", SERVER, "127.0.0.1:50001")  # and came from there
    assert len(recording.connections()) == 2
    recording.bridge("127.0.0.1:50001", CLIENT)
    (connection,) = recording.connections()
    assert (connection.client_address, connection.server_address) == (CLIENT, SERVER)


@given(
    st.binary(max_size=60),
    st.lists(st.integers(0, 60), max_size=6),
    st.lists(st.integers(0, 60), max_size=6),
    st.integers(0, 60),
)
def test_any_cut_of_the_bytes_gives_each_byte_its_times(
    data: bytes, writes: list[int], reads: list[int], arrived: int
) -> None:
    """Writes and reads are cut independently; some of the bytes never arrive."""
    recording, client, server = two_ends()
    sent_at: dict[int, float] = {}
    arrived_at: dict[int, float] = {}
    for end, kind, cuts, stop, known, base in (
        (client, SENT, writes, len(data), sent_at, 1.0),
        (server, RECEIVED, reads, min(arrived, len(data)), arrived_at, 100.0),
    ):
        edges = sorted({0, stop, *(cut for cut in cuts if cut < stop)})
        for number, (start, after) in enumerate(itertools.pairwise(edges)):
            recording.add(base + number, end, kind, data[start:after])
            known.update(dict.fromkeys(range(start, after), base + number))
    (connection,) = recording.connections()
    assert connection.up.data == data
    for offset in range(len(data) + 1):
        assert connection.up.sent_at(offset) == sent_at.get(offset)
        assert connection.up.arrived_at(offset) == arrived_at.get(offset)


def test_a_file_gives_the_same_recording_back(tmp_path: Path) -> None:
    """Saved and loaded, also under a name in Hangul: ends, events, bridges and counts."""
    recording = small()
    recording.name = "대화"
    recording.bridge("a:1", "b:2")
    recording.missed_bytes = 7
    loaded = recordings.load(recording.save(tmp_path / "대화 하나.json"))
    for name in ("name", "ends", "events", "bridges", "limit", "missed_bytes", "missed_events"):
        assert getattr(loaded, name) == getattr(recording, name), name
    assert repr(loaded.connections()) == repr(recording.connections())
    document = json.loads((tmp_path / "대화 하나.json").read_text(encoding="utf-8"))
    assert (document["format"], document["version"]) == ("course_lib recording", 1)


DAMAGED: dict[str, tuple[Any, str]] = {
    "another format": ({"format": "har"}, "does not say that it is"),
    "another version": ({"version": 2}, "version 2; this program reads 1"),
    "no name": ({"name": None}, "the file: name is None"),
    "a limit below zero": ({"limit": -1}, "limit is -1"),
    "no list of ends": ({"ends": {}}, "ends is not a list"),
    "an end without a field": ({"ends": [{"number": 1}]}, "end 1 has the fields number, role"),
    "bridges of one address": ({"bridges": [["a"]]}, "bridges are pairs"),
    "no list of events": ({"events": None}, "events is not a list"),
    "an event too short": ({"events": [[0.0, 1]]}, "event 1 is [at, end, kind, data, note]"),
    "an event of nobody": ({"events": [[0.0, 9, "sent", "", ""]]}, "end 9; there are 2"),
    "an event of end True": ({"events": [[0.0, True, "sent", "", ""]]}, "end is True"),
    "an unknown kind": ({"events": [[0.0, 1, "sang", "", ""]]}, "unknown kind: 'sang'"),
    "a kind that is a list": ({"events": [[0.0, 1, [], "", ""]]}, "unknown kind: []"),
    "no base64": ({"events": [[0.0, 1, "sent", "é", ""]]}, "not base64"),
    "a note of no text": ({"events": [[0.0, 1, "sent", "", 1]]}, "data and note are text"),
    "a time that is none": ({"events": [[float("nan"), 1, "sent", "", ""]]}, "at is nan"),
    "a time without end": ({"events": [[1e308, 1, "sent", "", ""]]}, "at is 1e+308"),
    "a time that no float holds": ({"events": [[10**400, 1, "sent", "", ""]]}, "00...000"),
    "a time before all": ({"events": [[-0.5, 1, "sent", "", ""]]}, "at is -0.5"),
    "half a character as name": ({"name": "\ud800"}, "name is '\\ud800'"),
    "half a character as note": ({"events": [[0, 1, "closed", "", "\ud800"]]}, "note are text"),
    "half a character as address": ({"bridges": [["a", "\ud800"]]}, "bridges are pairs"),
}


@pytest.mark.parametrize(("change", "problem"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_refused_and_the_place_named(
    change: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    """One thing wrong in an otherwise sound file: LocalError with its place."""
    path = small().save(tmp_path / "recording.json")
    document = json.loads(path.read_text(encoding="utf-8")) | change
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(LocalError) as caught:
        recordings.load(path)
    assert problem in str(caught.value)
    assert "recording.json is not a recording: " in str(caught.value)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(text: bytes, tmp_path: Path) -> None:
    """Empty, cut off, a list, not UTF-8, nested without end."""
    path = tmp_path / "recording.json"
    path.write_bytes(text)
    with pytest.raises(LocalError, match="is not a recording"):
        recordings.load(path)


def test_a_table_and_a_log_are_exported(tmp_path: Path) -> None:
    """A row for each event; no cell is a formula to a spreadsheet."""
    recording, client, _ = two_ends()
    recording.add(0.1, client, SENT, b"=1+1\r\n")
    recording.add(0.2, client, END_SENT)
    with open(recording.export(tmp_path / "rows.csv"), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["what"] for row in rows] == ["sent", "end sent"]
    assert (rows[0]["data"], rows[0]["connection"], rows[0]["bytes"]) == ("b'=1+1\\r\\n'", "1", "6")
    text = recording.export(tmp_path / "log.txt").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "  0.100000 s    1  client  sent              6  b'=1+1\\r\\n'"
    with pytest.raises(LocalError, match=r"\.csv and \.txt"):
        recording.export(tmp_path / "rows.xlsx")


def test_a_recording_shows_what_it_holds() -> None:
    """In text one line, in a notebook a row for each connection; names are escaped."""
    recording = small()
    recording.name = "<b>"
    assert repr(recording) == "<Recording '<b>': 1 connection, 8 events, 46 bytes>"
    html = recording._repr_html_()
    assert "&lt;b&gt;" in html and "<b>'" not in html
    assert "client and server" in html
    assert recording.duration == 0.7
    assert repr(Recording()) == "<Recording: 0 connections, 0 events, 0 bytes>"


def test_who_listens_hears_of_what_does_not_fit() -> None:
    """Without its bytes, so that a live view can say how much is missing."""
    heard: list[Event] = []
    recording, client, _ = two_ends(Recording(limit=250, on_change=heard.append))
    for at, data in ((0.1, b"x" * 120), (0.2, b"y" * 60), (0.3, b"z")):
        recording.add(at, client, SENT, data)
    assert [(event.at, event.data) for event in heard] == [
        (0.1, b"x" * 120),
        (0.2, b""),
        (0.3, b""),
    ]
    assert recording.events == heard[:1]


def test_what_does_not_fit_is_counted_and_never_comes_back() -> None:
    """The event over the limit keeps what there is room for; nothing small slips in behind it."""
    recording, client, _ = two_ends(Recording(limit=250))
    recording.add(0.1, client, SENT, b"x" * 120)
    recording.add(0.2, client, SENT, b"y" * 60)
    recording.add(0.3, client, SENT, b"z")
    recording.add(0.4, client, CLOSED, note="broke")
    assert [event.data for event in recording.events] == [b"x" * 120]
    assert (recording.full, recording.missed_events, recording.missed_bytes) == (True, 3, 61)
    assert (client.missed, client.closed, client.error) == (61, 0.4, "broke")
    assert recording.open(0.5, "client", CLIENT, SERVER) is None
    assert recording.missed_connections == 1
    recording, client, _ = two_ends(Recording(limit=250))
    recording.add(0.1, client, SENT, b"x" * 1_000)
    assert (recording.size, client.missed) == (150, 850)
