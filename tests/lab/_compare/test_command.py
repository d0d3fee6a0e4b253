"""`python -m course_lib compare`: a table, two files, and one sentence for each mistake."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from course_lib.lab._compare import command


def test_it_prints_a_table_that_a_person_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    """Columns under their names, and what the numbers are of."""
    assert command.main(["--rtt", "100", "--seconds", "60", "--bet", "300"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert re.fullmatch(
        r"simulated, round trip 100 ms, 1 message a second of 32 bytes, 1 client, "
        r"\d+ deliveries, seed 1",
        lines[1],
    )
    head, _, *rows = lines[3:8]
    assert head.split() == ["median", "90", "%", "99", "%", "lost", "requests", "bytes"]
    assert [row[:18].strip() for row in rows] == ["short polling, 1 s", "long polling", "WebSocket"]
    assert {len(row) for row in rows} == {len(head)}
    assert rows[2].split()[1:3] == ["50", "ms"]
    assert "CPU" not in out
    assert lines[-1] == "Your bet: 300 ms."


def test_it_writes_what_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says where."""
    figure, table = tmp_path / "그림.png", tmp_path / "table.csv"
    words = ["--out", str(figure), "--csv", str(table), "--transports", "websocket,long-polling"]
    assert command.main([*words, "--clients", "3", "--rate", "5", "--size", "100"]) == 0
    assert figure.read_bytes()[:4] == b"\x89PNG"
    with table.open(encoding="utf-8", newline="") as lines:
        assert [row["run"] for row in csv.DictReader(lines)] == ["WebSocket", "long polling"]
    out = capsys.readouterr().out
    assert f"Table: {table}\nFigure: {figure}\n" in out


def test_the_same_words_give_the_same_table(tmp_path: Path) -> None:
    """And another seed gives another."""
    texts = []
    for seed in ("1", "1", "2"):
        path = tmp_path / f"{len(texts)}.csv"
        words = ["--csv", str(path), "--seed", seed, "--jitter", "20", "--bandwidth", "50"]
        assert command.main(words) == 0
        texts.append(path.read_bytes())
    assert texts[0] == texts[1] != texts[2]


def test_on_real_sockets_it_also_shows_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    """Whose it is stands below."""
    words = ["--real", "--transports", "WebSocket", "--seconds", "0.5", "--rate", "40"]
    assert command.main([*words, "--rtt", "10"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("\nreal sockets, ")
    assert re.search(r"\nWebSocket .* \d+\.\d\d ms\n", out)
    assert "server, clients and the proxy between them together" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rtt", "fast"], "argument --rtt: 'fast' is not a number, zero or more"),
        (["--rtt", "-5"], "argument --rtt: '-5' is not a number, zero or more"),
        (["--rtt", "inf"], "argument --rtt: 'inf'"),
        (["--bet", "0"], "argument --bet: '0' is not a number above zero"),
        (["--rate", "nan"], "argument --rate: 'nan' is not a number above zero"),
        (["--clients", "1.5"], "argument --clients: '1.5' is not a whole number"),
        (["--clients", "0"], "clients are 1 to 2000: 0"),
        (["--size", "2"], "size is 4 bytes or more"),
        (["--transports", "pigeons"], "no transport 'pigeons'; there are short polling, long"),
        (["--transports", ""], "no transport ''"),
        (["--out", "/no/such/folder/f.png"], "/no/such/folder/f.png cannot be written"),
        (["--csv", "."], ". cannot be written: name a file in a folder that exists"),
        (["figure.png"], "unrecognized arguments: figure.png"),
        (["--seconds"], "argument --seconds: expected one argument"),
    ],
)
def test_a_mistake_gets_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the error stream, with 2, and nothing was measured."""
    try:
        code: object = command.main(words)
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith(f"compare: {said}".rstrip())
    assert err.count("\n") == 1


def test_the_help_says_what_is_meant(capsys: pytest.CaptureFixture[str]) -> None:
    """Units and defaults, and which transports there are."""
    with pytest.raises(SystemExit) as end:
        command.main(["--help"])
    assert end.value.code == 0
    out = " ".join(capsys.readouterr().out.split())
    for words in ("round trip, in ms (50)", "short polling, long polling, WebSocket", "--real"):
        assert words in out
