"""What cells show: exact text, and HTML that is escaped and says the same."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import errors
from course_lib.errors import LocalError
from course_lib.lab import metrics, show
from course_lib.lab.figures import markup


def words(shown: show.Shown) -> str:
    """The HTML as a reader of text sees it."""
    return html.unescape(re.sub(r"<[^>]*>", "", shown.html))


def test_a_hexdump_has_offset_octets_and_text() -> None:
    """The classic shape, short last line included."""
    assert repr(show.hexdump(b"GET / HTTP/1.1\r\nHost: a\r\n")) == (
        "00000000  47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n"
        "00000010  48 6f 73 74 3a 20 61 0d 0a                       |Host: a..|"
    )


def test_marks_are_lettered_under_their_bytes_and_named_below() -> None:
    """The picture in the module's own docstring."""
    marks = [("FIN, opcode", 0, 1), ("length", 1, 2), ("payload", 2, 9)]
    assert repr(show.hexdump(bytes.fromhex("8107") + "안녕!".encode(), marks=marks)) == (
        "00000000  81 07 ec 95 88 eb 85 95 21                       |..안_녕_!|\n"
        "          a  b  c  c  c  c  c  c  c\n"
        "  a  0         FIN, opcode\n"
        "  b  1         length\n"
        "  c  2-8       payload"
    )


def test_a_character_that_is_split_over_two_lines_keeps_the_column_in_line() -> None:
    """Three lines of eight bytes; the syllable across the edge is where its first byte is."""
    lines = show.hexdump("안녕하세요 반갑".encode(), width=8).text.split("\n")
    assert [line.split("|")[1] for line in lines] == ["안_녕_하", "_세_요_ ", "반_갑_"]


@pytest.mark.parametrize(
    ("data", "gutter"),
    [
        ("é!".encode(), "é_!"),
        ("😀!".encode(), "😀__!"),
        ("e\u0301!".encode(), "e._!"),  # a combining accent would land on the e
        ("\u202eabc".encode(), ".__abc"),  # right-to-left override
        ("\u05d0\u05d1!".encode(), "._._!"),  # Hebrew would turn the line around
        (b"\xff\xec\x95a\x00\x7f", "...a.."),  # not UTF-8
        (b"\xec", "."),  # a syllable that is cut off
        (b"|<&>", "|<&>"),
    ],
)
def test_the_gutter_shows_what_is_safe_and_a_dot_for_the_rest(data: bytes, gutter: str) -> None:
    """A cell for each byte; continuation bytes are underscores."""
    assert show.hexdump(data).text.split("  |")[1] == gutter + "|"


@given(st.one_of(st.binary(max_size=70), st.text(max_size=30).map(str.encode)), st.integers(1, 20))
def test_the_gutter_is_as_wide_as_the_line_has_bytes(data: bytes, width: int) -> None:
    """Whatever the bytes and wherever the lines break."""
    for line, offset in zip(
        show.hexdump(data, width).text.split("\n"), range(0, len(data), width), strict=False
    ):
        octets = data[offset : offset + width]
        head, gutter = line[:10], line[10 + 3 * width - 1 :]
        assert head == f"{offset:08x}  "
        assert bytes.fromhex(line[10 : 10 + 3 * width - 1]) == octets
        assert markup.columns_of(gutter) == len("  ||") + len(octets)


@given(st.one_of(st.binary(max_size=40), st.text(max_size=20).map(str.encode)))
def test_the_html_of_a_hexdump_says_what_its_text_says(data: bytes) -> None:
    """Colour is added, nothing else."""
    shown = show.hexdump(data, marks=[("<all>", 0, len(data))])
    assert words(shown) == shown.text


def test_long_data_is_cut_and_the_rest_counted() -> None:
    """A megabyte in a cell would freeze the notebook."""
    text = show.hexdump(bytes(100_000), limit=20).text
    assert text.count("\n") == 2
    assert text.endswith("… and 99,968 more bytes")
    assert show.hexdump(b"").text == "(no bytes)"


@pytest.mark.parametrize("mark", [("m", -1, 2), ("m", 2, 1), ("m", 0, 4)])
def test_a_mark_outside_the_bytes_is_refused(mark: tuple[str, int, int]) -> None:
    """A field that is not there is our mistake."""
    with pytest.raises(LocalError, match="mark 'm'"):
        show.hexdump(b"abc", marks=[mark])
    with pytest.raises(LocalError, match="at least one byte"):
        show.hexdump(b"abc", width=0)
    with pytest.raises(LocalError, match="letters"):
        show.hexdump(b"abc", marks=[("m", 0, 1)] * 27)


def test_a_difference_is_pointed_at_with_expected_under_observed() -> None:
    """One line before it, then both lines with the first differing byte marked."""
    shown = show.diff(b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nHost: x\n")
    assert repr(shown) == (
        "first difference at byte 23: observed 0a, expected 0d\n"
        "    same  00000000  47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n"
        "observed  00000010  48 6f 73 74 3a 20 78 0a                          |Host: x.|\n"
        "                                         ^^\n"
        "expected  00000010  48 6f 73 74 3a 20 78 0d 0a                       |Host: x..|\n"
        "                                         ^^"
    )


def test_a_difference_at_the_end_of_a_line_shows_what_comes_after_it() -> None:
    """Some bytes stand on either side of it, and in HTML it is marked itself."""
    want = b"POST /m HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"
    have = want.replace(b": 9", b":9")
    shown = show.diff(want, have)
    assert repr(shown) == (
        "first difference at byte 33: observed 39, expected 20\n"
        "    same  00000010  0d 0a 43 6f 6e 74 65 6e 74 2d 4c 65 6e 67 74 68  |..Content-Length|\n"
        "observed  00000020  3a 39 0d 0a 0d 0a 61 62                          |:9....ab|\n"
        "                       ^^\n"
        "expected  00000020  3a 20 39 0d 0a 0d 0a 61 62                       |: 9....ab|\n"
        "                       ^^"
    )
    assert shown.html.count("<mark") == 2
    assert ">39</mark>" in shown.html and ">20</mark>" in shown.html
    late = repr(show.diff(b"0123456789abcdefghij", b"0123456789abcdeFghij")).split("\n")[1:]
    assert [line[:18] for line in late] == [
        "observed  00000000",
        " " * 18,
        "observed  00000010",
        "expected  00000000",
        " " * 18,
        "expected  00000010",
    ]
    assert late[2].endswith("|ghij|")
    assert "<mark" not in show.diff(b"ab&", b"ab").html.split("observed")[-1].split("expected")[0]


def test_a_difference_in_length_says_who_ended_first() -> None:
    """One side being the beginning of the other is a difference after its end."""
    assert show.diff(b"abc", b"ab").text.startswith(
        "observed ends after 2 bytes; 1 more were expected\n"
    )
    assert show.diff(b"ab", b"abc").text.startswith(
        "expected ends after 2 bytes; observed goes on with 1 more\n"
    )


@pytest.mark.parametrize("size", [0, 1, 13, 14, 15, 16, 17])
def test_one_side_may_end_long_before_the_other(size: int) -> None:
    """Rows that only the longer side has begin behind the end of the shorter."""
    long = "길이가 다른 두 쪽 👋".encode() * 4
    for said in (show.diff(long, long[:size]), show.diff(long[:size], long)):
        assert f"ends after {size} bytes" in said.text.split("\n")[0]


def test_equal_data_has_no_difference_and_kinds_are_not_mixed() -> None:
    """str is compared as UTF-8, with str only."""
    assert show.diff("안녕", "안녕").text == "no difference in 6 bytes"
    with pytest.raises(LocalError, match="bytes with bytes"):
        show.diff("7", b"7")


def test_http_shows_its_line_ends() -> None:
    """CR and LF are written as Python writes them; a bare LF stands out."""
    message = "HTTP/1.1 200 OK\r\nX: <b>\r\n\r\n안녕\nend".encode()
    shown = show.http(message)
    assert shown.text == "HTTP/1.1 200 OK\\r\\n\nX: <b>\\r\\n\n\\r\\n\n안녕\\n\nend"
    assert "<b>HTTP" in shown.html
    assert "&lt;b&gt;" in shown.html
    assert words(shown) == f"{len(message)} bytes, 10 of them after the head" + shown.text
    assert show.http(b"GET / HTTP/1.1\nHost: a\n\n").text == "GET / HTTP/1.1\\n\nHost: a\\n\n\\n"


def test_http_shows_half_a_head_and_any_body() -> None:
    """What is not complete is shown as far as it goes; a body that is no text as bytes."""
    assert show.http(b"GET / HT").text == "GET / HT"
    assert show.http(b"").text == ""
    shown = show.http(b"HTTP/1.1 200 OK\r\n\r\n\x00\xff")
    assert shown.text.endswith("|..|")
    assert show.http(b"A\r\n\r\na\x1b\x7f").text == "A\\r\\n\n\\r\\n\na\\x1b\\x7f"


def test_http_breaks_lines_at_line_feeds_only() -> None:
    """A form feed or the byte 0x85 in a header is no end of a line."""
    assert show.http(b"A\r\nB: \x0c\x85c\r\n").text == "A\\r\\n\nB: \\x0c\x85c\\r\\n"


def test_a_long_body_is_cut_inside_a_character_without_harm() -> None:
    """Four bytes are a syllable and a third of one; the text shows the whole one."""
    shown = show.http(b"A\r\n\r\n" + "안녕".encode(), limit=4)
    assert shown.text == "A\\r\\n\n\\r\\n\n안\n… and 2 more bytes"
    binary = show.http(b"A\r\n\r\n" + b"\xff" * 9, limit=4)
    assert binary.text.endswith("|....|\n… and 5 more bytes")


def test_source_is_the_real_text_with_its_place() -> None:
    """The text form has no line number; the notebook form has the right one."""
    shown = show.source(metrics.steady)
    head, first, *_ = shown.text.split("\n")
    assert head == "# course_lib/lab/metrics.py  steady"
    assert first == "def steady(rate: float, count: int) -> Schedule:"
    line = metrics.steady.__code__.co_firstlineno
    assert f"course_lib/lab/metrics.py:{line} · steady" in shown.html
    assert words(shown).endswith(shown.text.split("\n", 1)[1])


def test_source_takes_methods_properties_classes_and_modules() -> None:
    """A method is shown without the class's indentation."""
    text = show.source(metrics.Run.median).text
    assert text.split("\n")[:2] == ["# course_lib/lab/runs.py  Run.median", "@property"]
    assert show.source(errors.LocalError).text.startswith(
        "# course_lib/errors.py  LocalError\nclass"
    )
    assert show.source(errors).text.startswith('# course_lib/errors.py\n"""Who broke it')
    with pytest.raises(TypeError):
        show.source(len)


def test_outputs_stand_beside_each_other_where_they_fit() -> None:
    """Hangul takes two columns; the shorter text is filled up."""
    shown = show.side_by_side("안녕\nab", b"x\xff", titles=("질문", "answer"))
    assert shown.text == "질문 | answer\n---- | ------\n안녕 | x\\xff\nab   |"
    wide = show.side_by_side("a" * 60, "b" * 60)
    assert wide.text == "a" * 60 + "\n\n" + "b" * 60


def test_side_by_side_takes_what_a_notebook_would_show_and_escapes_text() -> None:
    """Own HTML stays HTML; a string never becomes markup."""
    shown = show.side_by_side(show.Shown("t", "<i>t</i>"), "<script>", 3, titles=('"one"',))
    assert "<i>t</i>" in shown.html
    assert "<script>" not in shown.html
    assert "&lt;script&gt;" in shown.html
    assert 'aria-label="&quot;one&quot;"' in shown.html
    assert shown.html.count("<section") == 3


def test_a_page_has_its_address_and_a_title() -> None:
    """The frame has a name for those who do not see it; the address is a link and is escaped."""
    shown = show.page('http://127.0.0.1:1/?a=1&b="')
    assert shown.text == 'a page from the server: http://127.0.0.1:1/?a=1&b="'
    assert 'src="http://127.0.0.1:1/?a=1&amp;b=&quot;"' in shown.html
    assert 'title="a page from the server"' in shown.html


def test_above_a_page_stands_how_to_start_its_server_again() -> None:
    """A frame whose server is closed shows the browser's own error, in which nothing says why."""
    html = show.page("http://127.0.0.1:1/").html
    assert "Run All Above Selected Cell" in html.partition("<iframe")[0]


def test_a_table_escapes_and_shortens() -> None:
    """Four digits, the number of values of a list, nothing for None."""
    rows = [{"a_ms": 1.23456, "b": "<"}, {"a_ms": float("inf"), "c": [1, 2], "b": None}]
    assert markup.table(rows, "<&>") == (
        '<table><caption style="text-align:left">&lt;&amp;&gt;</caption><thead><tr>'
        '<th scope="col" style="text-align:left">a ms</th>'
        '<th scope="col" style="text-align:left">b</th>'
        '<th scope="col" style="text-align:left">c</th></tr></thead><tbody>'
        "<tr><td>1.235</td><td>&lt;</td><td></td></tr>"
        "<tr><td>∞</td><td></td><td>2 values</td></tr></tbody></table>"
    )
