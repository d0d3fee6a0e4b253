"""Judge of exercise 6.3: predict how many round trips the messages take on each transport.

    moments    0   0.3  0.6          2.7  3.2
    the server sends
    long       0        1.0          2.7       3.7      ─▶ round_trips(…) is 4.2

Exercises.  Builds on: `grading.trial`.
What is new here: no two moments differ by a multiple of half a round trip, so no message comes just
when a request arrives, in no program.  The gaps that have to be met are met at every draw.
Left out: TLS, DNS, and computing time of the server.  That the simulator counts the same is tested.
"""

from __future__ import annotations

import random
from functools import partial

from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, near

CASES = {
    (COLD := "cold: no connection yet"):
        "Opening TCP takes 1, and the request, or the GET of a WebSocket, is at the server half a "
        "round trip later. What is there by then leaves at once; what comes later leaves later.",
    (WARM := "warm: connected, and one message comes"):
        "The held request of long polling is at the server, and a WebSocket needs none: 0.5. "
        "Short polling has to send its request first: 0.5 up, 0.5 down.",
    (BURST := "burst: several right after each other"):
        "Long polling answers with the first message. The others wait for the next request, which "
        "is there 1 later, and takes them all. A WebSocket sends each at its moment.",
    (SPREAD := "spread: more come while something travels"):
        "From one answer to the next request at the server it takes 0.5 down and 0.5 up. A held "
        "request is answered when a message comes, one of short polling as soon as it arrives.",
    (CLOSED := "a new connection for each request"):
        "Without keep-alive each new request takes 1 more. The one that waits at the server is "
        "there already, and a WebSocket stays open.",
}  # fmt: skip
WAY = 0.5  # up or down
TCP = {"no TCP": 0.0, "TCP is one way": 0.5, "TCP is three ways": 1.5}  # instead of 1.0
EXTRA = {"a trip each": 1.0, "a handshake each": 1.5, "two trips each": 2.0}  # for a frame

Asked = tuple[str, list[float], bool, bool]


def right(
    transport: str,
    moments: list[float],
    connected: bool,
    keep_alive: bool,
    wrong: Wrong = frozenset(),
) -> float:
    """The answer, with a switch for each mistake: "one gap", or "one gap @long" for one kind."""
    parts = [one.split(" @") for one in wrong]
    wrong = frozenset(one for one, *where in parts if not set(where) - set(transport.split()))
    found = _sends(transport, moments, connected, keep_alive, wrong)[-1] + WAY
    found += WAY if "whole trip down" in wrong else 0.0
    found -= moments[-1] if "since the last" in wrong else 0.0
    return 2 * found if "in ways" in wrong else found


def _sends(
    transport: str, moments: list[float], connected: bool, keep_alive: bool, wrong: Wrong
) -> list[float]:
    """When the server sends something to the client.

    Longer than usual: three transports in one picture of the time.
    """
    tcp = next((TCP[one] for one in TCP if one in wrong), 1.0)
    cold = WAY + next((TCP[one] for one in TCP if f"{one} when cold" in wrong), tcp)
    alive = (keep_alive or "always alive" in wrong) != ("reversed" in wrong)
    if transport == "WebSocket":
        ready = cold if not connected or ("socket opens" in wrong and not alive) else 0.0
        ready += WAY if "after the 101" in wrong and not connected else 0.0
        extra = next((EXTRA[one] for one in EXTRA if one in wrong and connected), 0.0)
        adds = "socket adds" in wrong
        return [extra + (ready + one if adds else max(ready, one)) for one in moments]
    long, fresh = transport == "long polling", WAY if alive else tcp + WAY
    starts = {"asks": fresh, "travels": WAY, "opens": fresh - WAY, "is there": 0.0}
    asked = next((starts[one] for one in starts if one in wrong), 0.0 if long else fresh)
    if not connected:
        asked = cold + (tcp if "cold pays twice" in wrong and not alive else 0.0)
    held = (long or "short is held" in wrong) and "nothing is held" not in wrong
    sent: list[float] = []
    have = 0
    while have < len(moments) and len(sent) < 99:
        all_at_once = "waits for all" in wrong or ("one gap" in wrong and sent)
        answered = max(asked, moments[-1 if all_at_once else have]) if held else asked
        there = sum(one <= answered - ("strictly" in wrong) * 1e-9 for one in moments)
        have = min(have + 1, there) if "one each" in wrong else there
        sent.append(answered)
        asked = answered + fresh + (0.0 if "half a gap" in wrong else WAY)
    return sent


def judge_6_3(answer: Answer, chance: random.Random) -> Verdict:
    """All transports, in all situations of a client."""
    trial = Trial(answer, chance, right, same=near)
    for case, moments, connected, keep_alive in (
        (COLD, [0.0], False, True),
        (COLD, _burst(chance), False, True),
        (WARM, [0.0], True, True),
        (BURST, _burst(chance), True, True),
        (SPREAD, _spread(chance), True, True),
        (SPREAD, _spread(chance), False, True),
        (CLOSED, [0.0], True, False),
        (CLOSED, _burst(chance), True, False),
        (CLOSED, _spread(chance), True, False),
        (CLOSED, _spread(chance), False, False),
    ):
        for transport in ("WebSocket", "long polling", "short polling"):
            trial.play(case, partial(_story, (transport, moments, connected, keep_alive)))
    return trial.verdict()


def _burst(chance: random.Random) -> list[float]:
    return [number / 100 for number in range(chance.randint(3, 9))]


def _spread(chance: random.Random) -> list[float]:
    """Two come in the first gap of long polling, one much later, and one in the gap after it."""
    parts = zip((0.0, 0.5, 2.5, 3.0), chance.sample(range(2, 49, 3), 4), strict=True)
    return [0.0, *(round(begin + part / 100, 2) for begin, part in parts)]


def _story(asked: Asked, play: Play) -> None:
    """Call `round_trips`.  Whoever is right is shown what the server does."""
    play.tell(f"round_trips({', '.join(map(repr, asked))})")
    got, wanted = play.call("round_trips", *asked), right(*asked)
    moments = ", ".join(dict.fromkeys(f"{moment:g}" for moment in _sends(*asked, frozenset())))
    said = f"{wanted:g}: the server sends at {moments}, and the last arrives 0.5 later"
    play.see(got, text=said if near(got, wanted) else "")


EXERCISES = (Exercise(
    number="6.3", title="Count the round trips", section="round-trips", minutes=15,
    names=("round_trips",), cases=CASES, judge=judge_6_3,
    hints=(
        "Draw two lines, client and server, and an arrow for everything that travels. Each arrow "
        "is half a round trip. Put the moments on the server's line. Which arrows have to be "
        "there before a message can leave?",
        "WebSocket needs no loop: when is it ready, and when does the last message come? For "
        "polling keep two values: the moment `asked` at which a request is at the server, and how "
        "many messages the client will have. When is that request answered?",
        "Both kinds of polling are one loop. A held request is answered at `max(asked, "
        "moments[have])`, a short one at `asked`. All messages of that moment and before go "
        "along. If that is all of them, it is half a round trip later; if not, the answer goes "
        "down, perhaps a connection is opened, and the next request goes up.",
    ),
    wrong_ideas={
        "tcp_setup_forgotten": WrongIdea("a connection is there at once",
            "TCP sends a SYN and waits for the answer before the first byte of yours may leave: a "
            "whole round trip. On the other side of the world that is a large part of a cold "
            "start, and without keep-alive each request pays it again.",
            "no TCP; no TCP when cold; no TCP @WebSocket; no TCP @polling; no TCP when cold "
            "@polling"),
        "handshake_each_message": WrongIdea("each message of a WebSocket has a handshake",
            "The handshake is made once for a connection. From then on the server sends when it "
            "has something: half a round trip.", "a trip each; a handshake each; two trips each"),
        "polling_always_slower": WrongIdea("polling is always the slower one",
            "For a rare message the request of long polling is waiting at the server, so the "
            "answer leaves at once, like a frame. And cold, a request and a handshake take the "
            "same time. What a WebSocket wins shows when messages come fast.",
            "asks @long; travels @long"),
        "held_request_opens_a_connection": WrongIdea(
            "the request that waits at the server needs a connection first",
            "When the client is connected, the first request of long polling is at the server "
            "already, and it came on its own connection. Without keep-alive the ones after it "
            "have to open one.", "opens @long"),
        "keep_alive_forgotten": WrongIdea("each request finds an open connection",
            "Without keep-alive the connection ends with the answer. The next request opens one "
            "first, and that takes 1 before its own way of 0.5.",
            "always alive; always alive @long; always alive @short"),
        "short_request_has_left_already": WrongIdea(
            "the first request of short polling is on its way",
            "At moment 0 it is only due. It takes 0.5 to the server, and without keep-alive it "
            "opens a connection first, which takes 1.", "travels @short; is there @short"),
        "gap_too_short": WrongIdea("the next request is there too early",
            "The client has to have the answer before it asks again. So from one answer of the "
            "server to the next request it takes 0.5 down and 0.5 up. What comes in this gap "
            "waits.", "half a gap; half a gap @long; half a gap @short"),
        "only_one_gap": WrongIdea("after the second request everything is there",
            "Each answer is followed by a gap of its own. The second one takes along what is "
            "there, and a message that comes later needs a third request. It takes a loop.",
            "one gap"),
        "one_message_an_answer": WrongIdea("an answer carries one message",
            "An answer takes along all messages that the server has at that moment. That is why a "
            "burst costs long polling one gap, and not one for each message.",
            "one each; one each @long"),
        "long_polling_is_not_held": WrongIdea("long polling is answered at once",
            "That is short polling. A held request waits at the server, and its answer leaves in "
            "the moment in which a message comes: max(asked, moments[have]).", "nothing is held"),
        "short_polling_is_held": WrongIdea("short polling waits for a message, too",
            "Its request is answered as soon as it arrives, also with nothing. A message that "
            "comes a moment later waits for the next request.", "short is held"),
        "server_waits_for_all": WrongIdea("the server answers when it has all messages",
            "The server does not know how many will come. A held request is answered with the "
            "first message that the client does not have.",
            "waits for all; waits for all, short is held"),
        "cold_socket_adds_up": WrongIdea(
            "the last message waits until the connection has been opened",
            "Both happen at the same time: while the connection is opened messages come to the "
            "server. The last one leaves at the later of the two moments: max(ready, moments[-1]).",
            "socket adds"),
        "frames_wait_for_the_101": WrongIdea("the first frame waits until the client has the 101",
            "The server may send frames right after its 101, in the same packet. So what matters "
            "is when the GET is at the server: 1 for TCP, and 0.5.", "after the 101"),
        "websocket_opens_each_time": WrongIdea("without keep-alive a WebSocket is opened again",
            "keep_alive is about requests. A WebSocket is one connection that stays open in any "
            "case.", "socket opens"),
    },
    slips={
        "Cold, the first request, or the GET of a WebSocket, is at the server at 1.5: 1 to open "
        "TCP, and 0.5 for its way.":
            "TCP is one way; TCP is one way when cold; TCP is one way when cold @WebSocket; TCP "
            "is one way when cold @polling; TCP is one way @polling; TCP is three ways; TCP is "
            "three ways @polling; TCP is three ways when cold",
        "The last message needs a single way to the client: 0.5.":
            "whole trip down; whole trip down @WebSocket; whole trip down @polling",
        "1 is a way there and back, and a single way is 0.5.": "in ways",
        "Return the moment at which the client has all messages, counted from moment 0, and not "
        "how long the last one took.":
            "since the last; since the last @WebSocket; since the last @polling",
        "keep_alive=False means that each request opens a connection.": "reversed",
        "The connection that is opened at moment 0 is that of the first request. It is opened "
        "once.": "cold pays twice",
        "At moment 0 the held request is answered: a message whose moment is just that of the "
        "answer goes along.": "strictly",
    },
),)  # fmt: skip
