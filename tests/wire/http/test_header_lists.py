"""Lists in header values: tokens, protocols, extensions."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets import exceptions as reference_errors
from websockets import headers as reference

from course_lib.errors import LocalError, RemoteError
from course_lib.wire.http import header_lists

TOKENS = st.text("abXY01!#$%&'*+-.^_`|~", min_size=1, max_size=8)
EXTENSIONS = st.lists(
    st.tuples(TOKENS, st.lists(st.tuples(TOKENS, st.none() | TOKENS), max_size=3)),
    min_size=1,
    max_size=4,
)
NOISE = st.text('ab1-/ \t,;="\\\xe9\x00(', max_size=16).map(lambda text: text.strip(" \t"))


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ("Upgrade", ["Upgrade"]),
        ("keep-alive, Upgrade", ["keep-alive", "Upgrade"]),
        ("keep-alive,Upgrade", ["keep-alive", "Upgrade"]),
        (",, keep-alive\t,\t, Upgrade ,", ["keep-alive", "Upgrade"]),
        ("  x  ", ["x"]),
    ],
)
def test_a_list_of_tokens_is_read(value: str, members: list[str]) -> None:
    """Space and empty members do not count (RFC 9110 §5.6.1.2); the case stays."""
    assert header_lists.parse_tokens(value, "Connection") == members


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "bad Connection '': it ends before a token"),
        (" , ,", "bad Connection ' , ,': it ends before a token"),
        (
            "keep alive",
            "bad Connection 'keep alive': 'a' at character 6, expected a comma",
        ),
        (
            "Upgrade; now",
            "bad Connection 'Upgrade; now': ';' at character 8, expected a comma",
        ),
        ('"Upgrade"', "bad Connection '\"Upgrade\"': '\"' at character 1, expected a token"),
        ("é", "bad Connection 'é': 'é' at character 1, expected a token"),
        ("HTTP/2", "bad Connection 'HTTP/2': '/' at character 5, expected a comma"),
    ],
)
def test_what_is_not_a_list_is_refused_with_its_place(value: str, message: str) -> None:
    """The error is for a person to find the letter."""
    with pytest.raises(RemoteError) as caught:
        header_lists.parse_tokens(value, "Connection")
    assert (str(caught.value), caught.value.code) == (message, 400)


def test_a_protocol_may_have_a_version() -> None:
    """RFC 9110 §7.8."""
    assert header_lists.parse_protocols("HTTP/2.0, WebSocket") == ["HTTP/2.0", "WebSocket"]
    with pytest.raises(RemoteError, match="bad Upgrade 'HTTP/': '/' at character 5"):
        header_lists.parse_protocols("HTTP/")


@pytest.mark.parametrize(
    ("value", "extensions"),
    [
        ("foo", [("foo", [])]),
        # RFC 6455 §9.1 and RFC 7692 §5.1 give these.
        ("bar; baz=2", [("bar", [("baz", "2")])]),
        ("foo, bar; baz=2", [("foo", []), ("bar", [("baz", "2")])]),
        (
            'permessage-deflate; client_max_window_bits; server_max_window_bits="10"',
            [
                (
                    "permessage-deflate",
                    [("client_max_window_bits", None), ("server_max_window_bits", "10")],
                )
            ],
        ),
        (
            "permessage-deflate; client_max_window_bits; server_max_window_bits=10, "
            "permessage-deflate; client_max_window_bits",
            [
                (
                    "permessage-deflate",
                    [("client_max_window_bits", None), ("server_max_window_bits", "10")],
                ),
                ("permessage-deflate", [("client_max_window_bits", None)]),
            ],
        ),
        (
            ' ,a\t;\tx = "1" ;x=2; x,, b ,',
            [("a", [("x", "1"), ("x", "2"), ("x", None)]), ("b", [])],
        ),
        (r'a; x="\1\-\b"', [("a", [("x", "1-b")])]),
    ],
)
def test_extensions_are_read(value: str, extensions: header_lists.Extensions) -> None:
    """Names, parameters with and without a value, quoted and plain, in their order."""
    assert header_lists.parse_extensions(value) == extensions


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", "it ends before a token"),
        (",", "it ends before a token"),
        ("a;", "it ends before a token"),
        ("a; x; ", "it ends before a token"),
        ("; x", "';' at character 1, expected a token"),
        ("a, ; x", "';' at character 4, expected a token"),
        ("a;; x", "';' at character 3, expected a token"),
        ("a b", "'b' at character 3, expected ',' or ';'"),
        ("a; x y", "'y' at character 6, expected ',' or ';'"),
        ("a=1", "'=' at character 2, expected a name alone, its parameters behind ';'"),
        ("a; x=", "'=' at character 5, expected a token or a quoted string behind it"),
        ('a; x="1', "'=' at character 5, expected a token or a quoted string behind it"),
        ('a; x="1"2', "'2' at character 9, expected ',' or ';'"),
        ("a; =1", "'=' at character 4, expected a token"),
        ('"a"', "'\"' at character 1, expected a token"),
        ('a; x=""', "'' in quotes is no token"),
        ('a; x="1 2"', "'1 2' in quotes is no token"),
        ('a; x="1,2"', "'1,2' in quotes is no token"),
        (r'a; x="\""', "'\"' in quotes is no token"),
        ("a; x=é", "'=' at character 5, expected a token or a quoted string behind it"),
    ],
)
def test_what_are_not_extensions_is_refused_with_its_place(value: str, fault: str) -> None:
    """RFC 6455 §9.1: what does not conform to the grammar fails the handshake."""
    with pytest.raises(RemoteError) as caught:
        header_lists.parse_extensions(value)
    assert str(caught.value).startswith("bad Sec-WebSocket-Extensions")
    assert str(caught.value).endswith(f": {fault}")
    assert caught.value.code == 400


def test_an_error_quotes_no_more_than_a_line() -> None:
    """A peer does not choose how much is written to the log."""
    with pytest.raises(RemoteError) as caught:
        header_lists.parse_extensions("a" * 8000 + " b")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("separator", [",", "; "])
def test_a_list_has_a_limit(separator: str) -> None:
    """A head may hold a megabyte of them, and each costs time."""
    fits, over = separator.join(["x"] * 100), separator.join(["x"] * 101)
    header_lists.parse_extensions(fits)
    with pytest.raises(RemoteError, match="bad Sec-WebSocket-Extensions: more than 100 members"):
        header_lists.parse_extensions(over)
    assert header_lists.parse_extensions("a; b; c", limit=3) == [("a", [("b", None), ("c", None)])]
    with pytest.raises(RemoteError, match="more than 2 members"):
        header_lists.parse_extensions("a; b; c", limit=2)
    with pytest.raises(RemoteError, match="bad Connection: more than 100 members"):
        header_lists.parse_tokens(over.replace(";", ","), "Connection")
    assert len(header_lists.parse_protocols(fits.replace(";", ","))) == 100


def test_extensions_are_written_as_the_specification_writes_them() -> None:
    """One space behind each separator, and no quotes."""
    extensions = [("a", [("x", None), ("y", "1")]), ("b", [])]
    assert header_lists.format_extensions(extensions) == "a; x; y=1, b"
    assert header_lists.format_extensions([]) == ""


@pytest.mark.parametrize(
    "extensions",
    [[("", [])], [("a b", [])], [("a", [("", None)])], [("a", [("x", "1,2")])], [("a\r\n", [])]],
)
def test_extensions_that_nobody_could_read_are_our_mistake(
    extensions: header_lists.Extensions,
) -> None:
    """What is written can be read back."""
    with pytest.raises(LocalError, match="is not a token"):
        header_lists.format_extensions(extensions)


@given(EXTENSIONS)
def test_extensions_survive_the_round_trip(extensions: header_lists.Extensions) -> None:
    """Written and read, by us and by the reference."""
    value = header_lists.format_extensions(extensions)
    assert header_lists.parse_extensions(value) == extensions
    assert reference.parse_extension(value) == extensions
    assert reference.build_extension(extensions) == value  # type: ignore[arg-type]


@given(EXTENSIONS, st.randoms(use_true_random=False))
def test_quotes_and_space_change_nothing(
    extensions: header_lists.Extensions, random: Random
) -> None:
    """However a peer writes it, the same is read."""

    def spaced(text: str) -> str:
        left, right = random.choices(["", " ", "\t", " \t "], k=2)
        return left + text + right

    def written(value: str) -> str:
        quoted = "".join(random.choice(["", "\\"]) + letter for letter in value)
        return random.choice([value, f'"{quoted}"'])

    items = [
        ";".join(
            [spaced(name)]
            + [
                spaced(key) + ("" if value is None else "=" + spaced(written(value)))
                for key, value in parameters
            ]
        )
        for name, parameters in extensions
    ]
    assert header_lists.parse_extensions(",".join(items)) == extensions


@given(NOISE)
@example("a; b")
@example('a; b="1"')
@example("a;b=1,c/1")
@example(",a")
def test_any_text_is_read_or_refused_as_by_websockets(value: str) -> None:
    """Three readers, each beside its reference."""
    for ours, theirs in (
        (lambda text: header_lists.parse_tokens(text, "Connection"), reference.parse_connection),
        (header_lists.parse_protocols, reference.parse_upgrade),
        (header_lists.parse_extensions, reference.parse_extension),
    ):
        try:
            expected: object = theirs(value)  # type: ignore[operator]
        except reference_errors.InvalidHeaderFormat:
            expected = None
        try:
            found: object = ours(value)  # type: ignore[operator]
        except RemoteError as error:
            assert error.code == 400
            found = None
        assert found == expected
