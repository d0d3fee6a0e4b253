"""Recorded Socket.IO becomes packets with all that belongs to them, in our and others' traffic."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import socketio as python_socketio
from aiohttp import web
from hypothesis import example, given, settings
from hypothesis import strategies as st

from course_lib.lab import clock, inspector, proxy, sequence, tap
from course_lib.lab.dissect import Dissection, dissect
from course_lib.lab.dissection import socketio
from course_lib.lab.dissection.messages import Message
from course_lib.lab.dissection.socketio_packets import Spoken
from course_lib.lab.recording import Recording
from course_lib.socketio import Client, Server
from course_lib.wire.engineio import packet as engine_packet
from course_lib.wire.socketio import msgpack_parser, packet
from course_lib.wire.socketio.packet import Packet, Type
from course_lib.wire.websocket.frames import Frame

from .test_dissect import DOWN, UP, Talk, assert_tiled
from .test_dissect_engineio import OPEN, answer
from .test_dissect_websocket import ASK, BINARY, CONT, SWITCH, TEXT, down, field, up, values

JOINED = '0{"sid":"x"}'
PARSER = msgpack_parser.Parser()


class Session:
    """A session, written by hand.  `say` sends messages of Engine.IO as text or as bytes."""

    def __init__(self, path: str = "/socket.io/", *, known: bool = True) -> None:
        self.path, self.talk = path.encode(), Talk()
        if known:
            self.get(answer(b"0" + OPEN), sid=b"")

    def get(self, told: bytes, sid: bytes = b"&sid=s") -> Session:
        """A GET and its answer."""
        ask = b"GET %b?EIO=4&transport=polling%b HTTP/1.1\r\nHost: a\r\n\r\n" % (self.path, sid)
        self.talk.say(UP, ask).say(DOWN, told)
        return self

    def say(self, way: str, *said: str | bytes) -> Session:
        """By polling: one payload."""
        body = engine_packet.encode_payload(
            [engine_packet.Packet(engine_packet.Type.MESSAGE, one) for one in said]
        )
        if way == DOWN:
            return self.get(answer(body))
        self.talk.say(
            UP,
            b"POST %b?EIO=4&transport=polling&sid=s HTTP/1.1\r\nHost: a\r\nContent-Length: %d"
            b"\r\n\r\n%b" % (self.path, len(body), body),
        )
        self.talk.say(DOWN, answer(b"ok"))
        return self

    def upgrade(self) -> Session:
        """From here on `frames` go on."""
        ask = (ASK % b"").replace(b"/chat", self.path + b"?EIO=4&transport=websocket&sid=s")
        self.talk.say(UP, ask).say(DOWN, SWITCH % b"")
        return self

    def frames(self, way: str, *said: str | bytes) -> Session:
        """By WebSocket: a frame for each."""
        for one in said:
            frame = Frame(TEXT, b"4" + one.encode()) if isinstance(one, str) else Frame(BINARY, one)
            self.talk.say(way, (up if way == UP else down)(frame))
        return self

    def begin(self) -> Session:
        """The client has joined "/"."""
        return self.say(UP, "0").say(DOWN, JOINED)

    @property
    def messages(self) -> list[Message]:
        return self.talk.messages

    @property
    def spoken(self) -> list[Spoken]:
        """All packets and attachments, in order."""
        return [one for message in self.messages for one in socketio.spoken(message)]

    @property
    def titles(self) -> list[str]:
        """Of the messages that carry Socket.IO."""
        return [one.title for one in dissect(self.talk.recording, layer="socketio")]


def meanings(message: Message, name: str) -> list[str]:
    """What the fields of this name mean."""
    return [one.meaning for top in message.fields for one in top.walk() if one.name == name]


def own(message: Message) -> list[tuple[str, str]]:
    """Name and value of the fields of this layer."""
    every = [one for top in message.fields for one in top.walk()]
    return [(one.name, one.value) for one in every if one.layer == "socketio"]


# --- one packet


def test_an_event_is_type_namespace_id_name_and_arguments() -> None:
    """Inside of Engine.IO's data, inside of WebSocket's text."""
    said = '2/admin,13["say","hello",{"a":[1]}]'
    talk = Session().begin().upgrade().frames(UP, said)
    message = talk.messages[-1]
    assert own(message) == [
        ("packet event", said),
        ("type", "2"),
        ("namespace", "/admin"),
        ("comma", ","),
        ("id", "13"),
        ("data", '["say","hello",{"a":[1]}]'),
        ("punctuation", "["),
        ("event name", '"say"'),
        ("punctuation", ","),
        ("argument 1", '"hello"'),
        ("punctuation", ","),
        ("argument 2", '{"a":[1]}'),
        ("punctuation", "]"),
    ]
    names = [name for name, _ in values(message)]
    assert names.index("text") < names.index("packet message") < names.index("packet event")
    where = field(message, "argument 2")
    assert message.data[where.start : where.stop] != b'{"a":[1]}'  # masked
    assert_tiled(message)


def test_a_payload_has_several_and_each_byte_has_its_field() -> None:
    """By polling, with characters of several bytes."""
    talk = Session().begin().say(UP, '2["말","안녕"]', '2["b"]', "1")
    message = talk.messages[-2]
    name = next(one for one in message.fields[-1].walk() if one.name == "event name")
    assert message.data[name.start : name.stop] == '"말"'.encode()
    assert_tiled(message)
    assert talk.titles[-1] == '말("안녕") · b() · DISCONNECT'


def test_connect_its_answer_and_its_refusal_belong_together() -> None:
    """In each namespace for itself."""
    talk = Session().say(UP, '0/a,{"token":"t"}', "0/b,")
    talk.say(DOWN, '0/a,{"sid":"x"}', '4/b,{"message":"no","data":{"why":1}}')
    asked_a, asked_b, joined, refused = talk.spoken
    assert (joined.answers, refused.answers) == (asked_a, asked_b)
    assert talk.titles == [
        '/a CONNECT {"token": "t"} · /b CONNECT',
        '/a CONNECT {"sid": "x"} · /b CONNECT_ERROR {"message": "no", "data": {"why":…',
    ]
    message = talk.messages[-1]
    assert field(message, "sid").value == '"x"' and "socket" in field(message, "sid").meaning
    assert "may not join" in meanings(message, "message")[0]
    assert meanings(talk.messages[2], "token") == ["The application's own."]


def test_an_answer_belongs_to_the_request_with_its_id() -> None:
    """Of the other direction, of the same namespace, and only once."""
    talk = Session().begin().say(UP, '27["a"]', '2/x,7["other"]').say(DOWN, '27["down"]')
    talk.say(DOWN, '37["yes"]', '37["again"]').say(UP, "37[]")
    a, other, below, yes, again, last = talk.spoken[2:]
    assert (yes.answers, a.answer) == (a, yes)
    assert (again.answers, other.answer) == (None, None)
    assert (last.answers, below.answer) == (below, last)
    (asked, _) = [one for one in talk.messages if '27["' in f"{one.data!r}"]
    assert meanings(asked, "id") == [
        f"Asks for an acknowledgement; it is in message {yes.message.number}.",
        "Asks for an acknowledgement; none has come.",
    ]
    assert meanings(yes.message, "id") == [
        f'Answers the EVENT "a" in message {asked.number}.',
        "Answers an event that was not recorded, or has been answered already.",
    ]
    assert 'ACK("yes"), id 7; answers the EVENT "a" in message' in socketio.about(yes.message)
    seen = dissect(talk.talk.recording, layer="socketio")
    assert [one.answers.number for one in seen if one.answers][1:] == [asked.number, 10]


# --- attachments


def test_attachments_are_joined_to_their_header() -> None:
    """Each says which placeholder it fills, each placeholder which bytes it stands for."""
    said = (
        '52-3["file",{"photo":{"_placeholder":true,"num":1}},'
        '[{ "num" : 0 , "_placeholder" : true }]]'
    )
    talk = Session().begin().upgrade().frames(UP, said, b"abc", b"\x01")
    header, first, second = talk.spoken[2:]
    assert (header.attachments, header.due) == ([first, second], 2)
    assert header.packet == Packet(
        Type.EVENT, ["file", {"photo": b"\x01"}, [b"abc"]], id=3, attachments=2
    )
    named, zero, one = talk.messages[-3:]
    assert [
        meanings(zero, "attachment 0"),
        meanings(one, "attachment 1"),
        meanings(named, "placeholder 0"),
        meanings(named, "attachments"),
    ] == [
        [f'Bytes of the EVENT "file" in message {named.number}, which stand in: argument 2[0].'],
        [
            f'Bytes of the EVENT "file" in message {named.number}, which stand in: '
            'argument 1["photo"].'
        ],
        [f"Bytes stand here: attachment 0, 3 bytes, in message {zero.number}."],
        [
            "How many messages of bytes follow. They are in "
            f"message {zero.number} and message {one.number}."
        ],
    ]
    assert field(one, "attachment 1").value == "01"
    assert talk.titles[-3:] == [
        'file({"photo": (1 byte)}, [(3 bytes)]), id 3',
        "attachment 0, 3 bytes",
        "attachment 1, 1 byte",
    ]
    for message in talk.messages:
        assert_tiled(message)


def test_attachments_come_through_an_upgrade() -> None:
    """The header by polling, one attachment by polling, the other one by WebSocket."""
    two = '["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
    talk = Session().begin().say(UP, f"52-{two}", b"one").upgrade().frames(UP, b"two", '2["b"]')
    header, first, second, after = talk.spoken[2:]
    assert first.message is header.message is not second.message
    assert header.attachments == [first, second] and not after.wrong
    assert header.packet is not None and header.packet.data == ["a", b"one", b"two"]
    assert "in this message." in meanings(header.message, "placeholder 0")[0]
    assert f"in message {second.message.number}." in meanings(header.message, "placeholder 1")[0]
    assert field(header.message, "attachment 0").value == b"one".hex(" ")


def test_what_belongs_to_a_packet_may_come_later() -> None:
    """A recording that grows: the fields of the header change with each."""
    talk = Session().begin().upgrade()
    growing = Dissection(talk.talk.recording)
    talk.frames(UP, '51-1["a",{"_placeholder":true,"num":0}]')
    message = growing.messages()[-1]
    assert meanings(message, "attachments") == [
        "How many messages of bytes follow. 1 of 1 has not come."
    ]
    assert meanings(message, "placeholder 0") == ["Bytes stand here. They have not come."]
    assert "attachments: 0 of 1; not answered." in socketio.about(message)
    talk.frames(UP, b"abc").frames(DOWN, "31[]")
    found = growing.messages()
    assert found[-3] is message
    assert "attachment 0, 3 bytes, in message" in meanings(message, "placeholder 0")[0]
    assert f"it is in message {found[-1].number}" in meanings(message, "id")[0]


def test_bytes_of_a_number_that_nobody_has_are_told() -> None:
    """A placeholder without an attachment, and an attachment without a placeholder."""
    talk = Session().begin().upgrade().frames(UP, '51-["a",{"_placeholder":true,"num":4}]', b"x")
    header, attachment = talk.spoken[2:]
    assert header.wrong == "illegal attachments: there is no number 4"
    assert attachment.header is header
    assert "no placeholder has its number" in meanings(talk.messages[-1], "attachment 0")[0]
    assert own(talk.messages[-2])[0][0] == "no packet"


# --- what is no packet


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("9", "no packet begins as '9' does"),
        ("", "no packet begins as '' does"),
        ('2["a"', "not JSON: '[\"a\"'"),
        ('2{"a":1}', "invalid payload: an event is an array with a name"),
        ('2["connect"]', "invalid payload: nobody may send 'connect'"),
        ('50-["a"]', "illegal attachments: 0"),
        ('599-["a"]', "too many attachments: 99"),
        ("0null", "invalid payload: null"),
        (b"ab", "bytes, where no attachment was due"),
    ],
)
def test_what_breaks_the_grammar_is_shown_with_the_reason(said: str | bytes, why: str) -> None:
    """As our own server judges; and what comes after it is read."""
    talk = Session().begin().upgrade().frames(UP, said, '2["b"]')
    broken, after = talk.spoken[2:]
    assert (broken.packet, broken.wrong) == (None, why)
    assert after.packet == Packet(Type.EVENT, ["b"])
    message = talk.messages[-2]
    if said:
        assert meanings(message, "no packet") == [f"No packet: {why}."]
    assert_tiled(message)
    assert f"no packet: {why}." in socketio.about(message)
    (shown,) = [
        one for one in dissect(talk.talk.recording, layer="socketio") if one.title == "no packet"
    ]
    assert (shown.number, shown.note) == (message.number, f"no packet: {why}")


def test_a_text_where_an_attachment_is_due_is_told() -> None:
    """The header waits for ever; the next packet is read."""
    header = '51-["a",{"_placeholder":true,"num":0}]'
    talk = Session().begin().say(UP, header, '2["b"]', '2["c"]')
    waits, text, after = talk.spoken[2:]
    assert text.wrong == "a text, where an attachment was due"
    assert (waits.attachments, after.wrong) == ([], "")


def test_a_client_that_has_not_asked_to_join_is_told() -> None:
    """Typed by hand: 42 before 40.  Only where the beginning was recorded."""
    early = Session().say(UP, '2["a"]', "0/x,", '2/x,["b"]')
    assert [one.stray for one in early.spoken] == [True, False, False]
    assert "has not asked to join" in field(early.messages[2], "packet event").meaning
    assert "has not asked to join" in socketio.about(early.messages[2])
    later = Session(known=False).say(UP, '2["a"]')
    assert [one.stray for one in later.spoken] == [False]


# --- which sessions, which parser


def test_any_path_will_do_if_both_ends_speak_it() -> None:
    """The first message asks to join, the first answer lets in, or refuses."""
    for first, reply in (("0", JOINED), ("0/a,", '0/a,{"sid":"x"}'), ("0", '4{"message":"no"}')):
        talk = Session("/chat/").say(UP, first, '2["early"]').say(DOWN, reply).say(UP, '2["a"]')
        assert len(talk.spoken) == 4 and not any(one.wrong for one in talk.spoken)


@pytest.mark.parametrize(
    "said",
    [
        [(DOWN, "welcome"), (UP, "0"), (DOWN, JOINED)],  # the server of Socket.IO never begins
        [(UP, "0")],  # nobody has answered
        [(UP, "0"), (DOWN, "0")],  # an echo
        [(UP, "0"), (DOWN, "1"), (UP, "2")],  # numbers
        [(UP, "0/a,"), (DOWN, JOINED)],  # of another namespace
        [(UP, '2["a"]'), (DOWN, '2["a"]')],
        [(UP, "hello"), (DOWN, "hello")],
        [(UP, b"\x80"), (DOWN, b"\x80")],
    ],
)
def test_messages_of_engineio_alone_stay_opaque(said: list[tuple[str, str | bytes]]) -> None:
    """Whatever they look like: nothing of Socket.IO is in fields, titles, words."""
    talk = Session("/engine.io/").upgrade()
    for way, one in said:
        talk.frames(way, one)
    assert talk.spoken == [] and talk.titles == []
    for message in talk.messages:
        assert own(message) == [] and socketio.about(message) == ""
    assert meanings(talk.messages[-1], "data")[-1:] in ([], ["Opaque to Engine.IO."])


def in_msgpack(*packets: Packet) -> list[str | bytes]:
    """As the msgpack parser writes them."""
    return [message for one in packets for message in PARSER.encode(one)]


def test_packets_of_the_msgpack_parser_are_shown_as_such() -> None:
    """Each byte has its field, and answers find their requests."""
    hello, say = Packet(Type.CONNECT), Packet(Type.EVENT, ["say", "hi", b"\x01"], "/", 7)
    told, ack = Packet(Type.CONNECT, {"sid": "x"}), Packet(Type.ACK, ["ok"], "/", 7)
    talk = Session("/chat/").upgrade().frames(UP, *in_msgpack(hello))
    talk.frames(DOWN, *in_msgpack(told)).frames(UP, *in_msgpack(say))
    talk.frames(DOWN, *in_msgpack(ack))
    assert [one.parser for one in talk.spoken] == ["msgpack"] * 4
    assert talk.titles[-2:] == [
        'say("hi", (1 byte)), id 7 in msgpack',
        'ACK("ok"), id 7 in msgpack',
    ]
    asked, answered = talk.messages[-2:]
    assert ("event name", '"say"') in own(asked) and ("argument 2", "(1 byte)") in own(asked)
    assert ("namespace", '"/"') in own(asked) and ("value 1", '"ok"') in own(answered)
    assert meanings(asked, "type") == ["2 is EVENT: An event: a name, and its arguments."]
    assert f"it is in message {answered.number}" in meanings(asked, "id")[0]
    for message in talk.messages:
        assert_tiled(message)


def test_each_direction_tells_its_own_parser() -> None:
    """Two ends that do not agree: the tap shows what each of them says."""
    talk = Session().say(UP, *in_msgpack(Packet(Type.CONNECT))).say(DOWN, JOINED)
    assert [(one.parser, one.wrong) for one in talk.spoken] == [("msgpack", ""), ("JSON", "")]
    talk.say(UP, "0").say(DOWN, *in_msgpack(Packet(Type.DISCONNECT)))
    assert [one.wrong for one in talk.spoken][2:] == [
        "a text, where msgpack is bytes",
        "bytes, where no attachment was due",
    ]


def test_msgpack_in_base64_is_one_field() -> None:
    """By polling: fields would not tile letters of base64."""
    talk = Session().say(UP, *in_msgpack(Packet(Type.EVENT, ["a"])))
    assert own(talk.messages[-2]) == [("packet event", '["a"]')]
    assert_tiled(talk.messages[-2])


def test_fragments_are_read_at_the_last() -> None:
    """As a packet of Engine.IO is."""
    talk = Session().begin().upgrade()
    talk.talk.say(UP, up(Frame(TEXT, b'42["a', fin=False), Frame(CONT, b'"]')))
    assert [one.packet for one in talk.spoken[2:]] == [Packet(Type.EVENT, ["a"])]
    assert talk.titles[-1] == "a()"


@settings(deadline=None, max_examples=80)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.text(max_size=20),
            st.sampled_from(
                [
                    '51-["a",{"_placeholder":true,"num":0}]',
                    '2[ "a" , "{\\"_placeholder\\":true,\\"num\\":0}" ]',
                    '2["a",NaN]',
                    "0{ }",
                    '52/x,1["안",{"num":1,"_placeholder":true},{"_placeholder":true,"num":0}] ',
                ]
            ),
            st.sampled_from(in_msgpack(Packet(Type.EVENT, ["a", [1]], "/x", 3))),
        ),
        max_size=5,
    ),
    st.sampled_from([UP, DOWN]),
)
@example(['2["a",' + "[" * 5000 + "]" * 5000 + "]"], UP)
@example(['2["a",' + "1" * 5000 + "]"], UP)
@example(["\x1e", "2[]"], UP)
@example(['2["a","\\ud800"]', '2["\\ud800"]'], UP)
def test_whatever_is_said_is_tiled_and_told(said: list[str | bytes], way: str) -> None:
    """Titles, fields, sentences: of whatever a peer sends."""
    polled, framed = Session().say(way, *said), Session().upgrade().frames(way, *said)
    for talk in (polled, framed):
        for message in talk.messages:
            assert_tiled(message)
            socketio.about(message)
        assert all(talk.titles)
    assert len(framed.spoken) == len(said)  # by polling, a separator in a text ends its packet


# --- real conversations


async def talking(**options: Any) -> Recording:
    """Our server and client, with attachments and answers both ways."""
    io = Server(parser=options.get("parser", packet.Parser()))

    @io.on("connection")
    def connected(socket: Any) -> None:
        socket.emit("hello", b"\x01\x02")
        socket.on("file", lambda one, two: ("ok", one))

    with tap.Tap() as recording:
        async with (
            io.listen() as port,
            proxy.Proxy(port, rtt=0.1) as link,
            Client(link.url, **options) as client,
        ):
            for _ in range(2):
                assert await client.emit_with_ack("file", b"abc", [b"d"]) == ("ok", b"abc")
                await asyncio.sleep(0.5)
    return recording


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
@pytest.mark.parametrize("parser", [packet.Parser(), PARSER])
def test_a_conversation_is_whole_on_every_transport(transports: list[str], parser: Any) -> None:
    """Nothing is wrong, nothing is without its other half."""
    recording = clock.simulate(talking(transports=transports, parser=parser))
    found = dissect(recording)
    spoken = [one for message in found for one in socketio.spoken(message)]
    assert not any(one.wrong or one.stray for one in spoken)
    assert all(one.answer for one in spoken if one.asks)
    assert all(len(one.attachments) == one.due for one in spoken if one.parser == "JSON")
    events = [one for one in spoken if one.packet and one.packet.type is Type.EVENT]
    assert [one.packet.data for one in events if one.packet] == [
        ["hello", b"\x01\x02"],
        *[["file", b"abc", [b"d"]]] * 2,
    ]
    for message in found:
        assert_tiled(message)
    seen = dissect(recording, layer="socketio")
    assert {one.kind for one in seen} == {
        "websocket" if name == "websocket" else name for name in transports
    }
    assert all(found[one.number - 1].data == one.data for one in seen)


def test_the_layer_has_a_diagram_of_its_own() -> None:
    """Without it the recording is shown as before."""
    recording = clock.simulate(talking())
    assert set(sequence.of(recording).layers) == {"http", "websocket"}
    diagram = sequence.of(recording, layers=["socketio"])
    assert diagram.layers == ["socketio"]
    assert diagram.looks == ["socketio polling", "socketio websocket"]
    words = sequence.listing(recording, layers=["socketio"]).text
    assert "file((3 bytes), [(1 byte)]), id 0" in words
    assert "socketio polling" in sequence.plot(recording, layers=["socketio"], stop=1.5).alt
    every = ["http", "websocket", "engineio", "socketio"]
    numbers = [one.message.number for one in sequence.of(recording, layers=every).arrows]
    assert numbers == [one.number for one in dissect(recording)]
    layers = {one.message.layer for one in sequence.of(recording, layers=every).arrows}
    assert layers >= {"engineio", "socketio"}


async def with_python_socketio() -> Recording:
    """Its server and its client, through the upgrade."""
    io = python_socketio.AsyncServer(async_mode="aiohttp")
    io.on("file", lambda sid, one: ("ok", one))
    application = web.Application()
    io.attach(application)
    runner = web.AppRunner(application)
    with tap.Tap() as recording:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        client = python_socketio.AsyncClient(handle_sigint=False)
        await client.connect(f"http://127.0.0.1:{runner.addresses[0][1]}")
        assert await client.call("file", {"photo": b"abc"}) == ("ok", {"photo": b"abc"})
        await client.disconnect()
        await io.shutdown()
        await runner.cleanup()
    return recording


def test_python_socketio_is_read_as_ours_is() -> None:
    """The tap sees what other people's code writes and reads."""
    recording = clock.simulate(with_python_socketio())
    view = inspector.show(recording)
    spoken = [one for message in view.messages for one in socketio.spoken(message)]
    assert not any(one.wrong for one in spoken)
    asked = next(one for one in spoken if one.packet and one.packet.id is not None)
    assert asked.packet is not None and asked.packet.data == ["file", {"photo": b"abc"}]
    assert asked.answer is not None and asked.answer.packet is not None
    assert asked.answer.packet.data == ["ok", {"photo": b"abc"}]
    view.select_message(asked.message.number)
    assert "Socket.IO: " in view.explanation and "answered by message" in view.explanation
    view.select_field("event name")
    assert view.field is not None and view.field.value == '"file"'
    for message in view.messages:
        assert_tiled(message)
