"""Judge of exercise 7.3: which session a request belongs to, or why it is refused.

    GET  ?EIO=4&transport=polling          ─▶  "open"
    GET  ?EIO=4&transport=polling&sid=…    ─▶  "session", or (400, 1)

Exercises.  Builds on: `grading.trial`.
What is new here: some requests have several faults, and the first one in the table counts.
Left out: upgrades, CORS, and an empty sid.
"""

from __future__ import annotations

import random
import string
from typing import Any

from ...trial import Answer, Exercise, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (MINE := "a request of a session"):
        'A GET or a POST with the sid of a session belongs to it: "session". A query is text: its '
        'EIO is "4", and not 4.',
    (NEW := "a handshake"): 'A GET without a sid opens a session: "open".',
    (TRANSPORT := "a transport that is unknown, or missing"):
        '(400, 0), with a sid or without one. query.get("transport") is None if it is missing.',
    (SID := "an id that no session has"):
        "(400, 1), whatever the method is. It opens nothing: a client must not choose its id.",
    (METHOD := "a handshake that is no GET"): "(400, 2), for POST, PUT, OPTIONS and all others.",
    (WEBSOCKET := "WebSocket without an upgrade"):
        "(400, 3) for transport=websocket, and for a session that has changed to WebSocket.",
    (VERSION := "another version"):
        "EIO is missing, or not 4: (400, 5) without a sid, and (400, 3) with the sid of a session.",
    (SEVERAL := "several faults"): "Check in the order of the table: the first fault counts.",
}  # fmt: skip
CHECKS = ("transport", "sid", "method", "websocket", "EIO")
LETTERS = string.ascii_letters + string.digits + "-_"
Query = dict[str, str]


def right(method: str, query: Query, sessions: dict[str, str], wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    transport, sid, version = (
        query[name] if "every key" in wrong else query.get(name)
        for name in ("transport", "sid", "EIO")
    )
    if sid not in sessions and "forgets" in wrong:
        sid = None
    names = "polling, websocket" if "a text" in wrong else ("polling", "websocket")
    before = sessions.get(sid or "", "polling")
    odd = transport == "websocket" or before == "websocket"
    odd = transport != before if "compared" in wrong else odd
    if "int" in wrong and version and not version.isdecimal():
        raise ValueError(version)
    versions = {
        "number": (),
        "missing is 4": (None, "4"),
        "3 too": "34",
        "from 4": ("4", "5", "44"),
    }
    spoken = next((some for name, some in versions.items() if name in wrong), ("4",))
    post_ok = "POST is fine" in wrong and method == "POST"
    faults = {
        "transport": (transport not in names if transport else True, 0),
        "sid": (sid is not None and sid not in sessions, 1),
        "method": (sid is None and method != "GET" and not post_ok, 2),
        "websocket": (odd, 3),
        "EIO": (version not in spoken, 5 if sid is None or "always 5" in wrong else 3),
    }
    first = [name for name in CHECKS if f"{name} first" in wrong]
    for name in (*first, *CHECKS):
        bad, code = faults[name]
        where = "new" if sid is None else "old"
        if bad and not wrong & {f"no {name}", f"no {name} {where}"}:
            status = next((n for n in (401, 403, 404, 405) if f"{n} {name}" in wrong), 400)
            return status, code
    return "session" if sid in sessions else "open"


def judge_7_3(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, right, reads=lambda got: tuple(got) if type(got) is list else got)

    def new_sid() -> str:
        return "".join(chance.choices(LETTERS, k=19)) + chance.choice("abc")

    for _ in range(2):
        polls, moved, unknown = new_sid(), new_sid(), new_sid()
        sessions = {new_sid(): "polling", polls: "polling", moved: "websocket"}

        def ask(case: str, method: str, transport: str = "polling", sid: str = "", eio: str = "4",
                known: dict[str, str] = sessions) -> None:  # fmt: skip
            query = {"EIO": eio, "transport": transport, "t": text.name(chance), "sid": sid}
            trial.ask(case, method, {name: said for name, said in query.items() if said}, known)

        ask(NEW, "GET")
        ask(NEW, "GET", known={})
        for method in ("GET", "POST"):
            ask(MINE, method, sid=polls)
            for sid in ("", polls):
                for transport in ("", text.name(chance), "Polling", "poll", "websocket2"):
                    ask(TRANSPORT, "GET" if not sid else method, transport, sid)
            for sid in (unknown, polls.swapcase(), polls[:-1]):
                ask(SID, method, sid=sid)
            ask(WEBSOCKET, method, sid=moved)
            ask(WEBSOCKET, method, "websocket", polls)
            ask(WEBSOCKET, method, "websocket", moved)
            ask(SEVERAL, method, text.name(chance), unknown)
        ask(WEBSOCKET, "GET", "websocket")
        for method in ("POST", "PUT", "OPTIONS"):
            ask(METHOD, method)
            ask(SEVERAL, method, text.name(chance))
            ask(SEVERAL, method, "websocket", eio="3")
        for eio in ("", "3", "5", "44", text.name(chance)):
            ask(VERSION, "GET", eio=eio)
            ask(VERSION, "POST", sid=polls, eio=eio)
            ask(SEVERAL, "GET", text.name(chance), eio=eio)
            ask(SEVERAL, "GET", sid=unknown, eio=eio)
        ask(SEVERAL, "GET", "websocket", eio="3")
    return trial.verdict()


EXERCISES = (Exercise(
    number="7.3", title="Every refusal", section="session", minutes=12, core=True, names=("route",),
    cases=CASES, judge=judge_7_3,
    hints=(
        "Each row of the table is an `if` with a `return`, in this order. What is left at the end "
        "is no refusal: which of two is it?",
        "query.get(name) is None if a part is missing. With a sid there are two cases: sessions "
        "has it, or not. Without one, the method has to be GET.",
        'if transport not in ("polling", "websocket"): return 400, 0. if sid is not None and sid '
        'not in sessions: return 400, 1. if sid is None and method != "GET": return 400, 2. if '
        '"websocket" in (transport, sessions.get(sid)): return 400, 3. if EIO != "4": return 400, '
        '5 if sid is None else 3. return "open" if sid is None else "session".',
    ),
    wrong_ideas={
        "unknown_sid_makes_session": WrongIdea("an id that nobody has opens a session",
            "Then a client can choose its id. Mallory opens a session with an id of his own and "
            "lets Ada use it: he knows it, and reads all that is meant for her. And a client "
            "whose session has ended must learn it: (400, 1).", "forgets; no sid"),
        "404_instead": WrongIdea("what is unknown is a 404",
            "404 says that there is nothing at this URL, and a client looks for a wrong path. The "
            "path is right, the request is not: status 400, and the code says why.",
            "404 sid; 404 sid, 404 transport; 404 sid, 405 method; 404 sid, 404 transport, 405 "
            "method"),
        "post_handshake_ok": WrongIdea("any method may open a session",
            "A POST brings packets, and without a session there is nobody to take them. The "
            "client would think that they have arrived. A handshake is a GET.",
            "no method; POST is fine"),
        "sid_before_transport": WrongIdea("the transport is not looked at first",
            "Which transport it is decides what the rest of a request means, so it comes first: "
            "of several faults the client is told the first one of the table.",
            "sid first; method first; sid first, method first"),
        "version_first": WrongIdea("the version is looked at first",
            "It sounds sensible, but the official server looks at it last, and its clients know "
            "the codes that it sends. The first fault in the order of the table counts.",
            "EIO first"),
        "transport_not_compared": WrongIdea("any transport that is known will do",
            "A plain GET or POST is polling. If it says websocket, or if its session has moved to "
            "WebSocket, somebody is confused, and its packets would be lost: (400, 3).",
            "no websocket; no websocket new; no websocket old"),
        "any_version": WrongIdea("the version does not matter",
            "In version 3 the client sends the pings, and a payload has lengths. Neither side "
            "would understand the other. Only EIO=4 is spoken here.",
            "no EIO; missing is 4; 3 too; from 4; no EIO new; no EIO old"),
        "every_key_is_there": WrongIdea("each part of the query is there",
            "Anybody can leave one out, and query[name] raises KeyError then. A server must not "
            "break at that: query.get(name).", "every key"),
    },
    slips={
        "Every refusal of the table has the status 400. The code says which one it is.":
            "405 method; 404 transport; 401 sid; 403 sid; 404 transport, 405 method",
        'A query is text, so compare with "4". No text is equal to the number 4.': "number",
        "Anybody may write anything there, and int raises ValueError at what is no number. Compare "
        'with the text "4".': "int",
        '"poll" in "polling, websocket" is True: Python looks for a part of the text. Compare with '
        "both names, in a tuple.": "a text",
        "In a session another EIO is a bad request, (400, 3). (400, 5) is for a handshake.":
            "always 5",
        "These requests are no upgrades. One that says websocket is bad, also when the session "
        "has changed to WebSocket.": "compared",
    },
),)  # fmt: skip
