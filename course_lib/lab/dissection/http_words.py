"""What the words of an HTTP head mean, in a sentence each.          RFC 9110, RFC 9112

Lesson 01 on.  Builds on: nothing.  Used by: `http_fields`.

    GET -> "Asks for a copy; changes nothing."          404 -> "There is no such thing here."

New here: nothing.  It is a dictionary, which names the section to read on in.
Left out: header names that no lesson meets; they get a sentence that is always true.
"""

from __future__ import annotations

from collections.abc import Mapping

Word = tuple[str, str]  # a sentence, and the section that says it

METHODS: Mapping[str, Word] = {
    "GET": ("Asks for a copy; changes nothing at the server.", "RFC 9110 §9.3.1"),
    "HEAD": ("As GET, but the answer has no body.", "RFC 9110 §9.3.2"),
    "POST": ("Hands the server a body to act on.", "RFC 9110 §9.3.3"),
    "PUT": ("Stores the body under the target.", "RFC 9110 §9.3.4"),
    "DELETE": ("Removes the target.", "RFC 9110 §9.3.5"),
    "CONNECT": ("Asks for a tunnel to the target.", "RFC 9110 §9.3.6"),
    "OPTIONS": ("Asks what may be asked; browsers do before CORS requests.", "RFC 9110 §9.3.7"),
}
STATUS: Mapping[str, Word] = {
    "100": ("The head was read; send the body.", "RFC 9110 §15.2.1"),
    "101": ("From the next byte on, another protocol is spoken.", "RFC 9110 §15.2.2"),
    "200": ("It worked; the body is what was asked for.", "RFC 9110 §15.3.1"),
    "204": ("It worked, and there is nothing to say.", "RFC 9110 §15.3.5"),
    "304": ("What you have is still right; there is no body.", "RFC 9110 §15.4.5"),
    "400": ("The request was not understood.", "RFC 9110 §15.5.1"),
    "401": ("Say who you are first.", "RFC 9110 §15.5.2"),
    "403": ("Understood, and not allowed.", "RFC 9110 §15.5.4"),
    "404": ("There is no such thing here.", "RFC 9110 §15.5.5"),
    "405": ("This target does not take this method.", "RFC 9110 §15.5.6"),
    "408": ("The request took too long to come.", "RFC 9110 §15.5.9"),
    "413": ("The body is larger than the server takes.", "RFC 9110 §15.5.14"),
    "426": ("Only together with an upgrade.", "RFC 9110 §15.5.22"),
    "500": ("The server failed.", "RFC 9110 §15.6.1"),
    "502": ("The next server on the way failed.", "RFC 9110 §15.6.3"),
    "503": ("Not now; perhaps later.", "RFC 9110 §15.6.4"),
}
CLASSES: Mapping[str, Word] = {
    "1": ("Not the answer yet.", "RFC 9110 §15.2"),
    "2": ("It worked.", "RFC 9110 §15.3"),
    "3": ("It is somewhere else.", "RFC 9110 §15.4"),
    "4": ("The request was at fault.", "RFC 9110 §15.5"),
    "5": ("The server was at fault.", "RFC 9110 §15.6"),
}
HEADERS: Mapping[str, Word] = {
    "accept": ("Kinds of content that the client can read.", "RFC 9110 §12.5.1"),
    "accept-encoding": ("Compressions that the client can undo.", "RFC 9110 §12.5.3"),
    "accept-language": ("Languages that the person prefers.", "RFC 9110 §12.5.4"),
    "access-control-allow-origin": ("Which pages may read this answer.", "Fetch, HTTP-CORS"),
    "authorization": ("Who is asking; whoever reads it can say the same.", "RFC 9110 §11.6.2"),
    "cache-control": ("Who may keep a copy, and how long.", "RFC 9111 §5.2"),
    "connection": ("About this connection only; a proxy does not pass it on.", "RFC 9110 §7.6.1"),
    "content-encoding": ("How the body is compressed.", "RFC 9110 §8.4"),
    "content-length": ("How many bytes the body has: where the message ends.", "RFC 9110 §8.6"),
    "content-type": ("What the body is, and how its text became bytes.", "RFC 9110 §8.3"),
    "cookie": ("What the server told this browser to remember.", "RFC 6265 §5.4"),
    "date": ("When the answer was made.", "RFC 9110 §6.6.1"),
    "etag": ("A name for this version of the content.", "RFC 9110 §8.8.3"),
    "expect": ("The client waits for 100 before it sends the body.", "RFC 9110 §10.1.1"),
    "host": ("Which of the sites at this address is meant.", "RFC 9110 §7.2"),
    "keep-alive": ("How long the connection may stay idle.", "RFC 9112 §C.2.2"),
    "location": ("Where to ask instead.", "RFC 9110 §10.2.2"),
    "origin": ("The site of the page that asks.", "RFC 6454 §7"),
    "referer": ("The page that the request comes from.", "RFC 9110 §10.1.3"),
    "sec-websocket-accept": ("Proves that the server knows the protocol.", "RFC 6455 §4.2.2"),
    "sec-websocket-extensions": ("Extensions that are offered or chosen.", "RFC 6455 §9.1"),
    "sec-websocket-key": ("A random value that the server must answer.", "RFC 6455 §4.1"),
    "sec-websocket-protocol": ("What is spoken inside of WebSocket.", "RFC 6455 §1.9"),
    "sec-websocket-version": ("13, the only one.", "RFC 6455 §4.1"),
    "server": ("The server's software.", "RFC 9110 §10.2.4"),
    "set-cookie": ("What the browser shall remember, and send next time.", "RFC 6265 §4.1"),
    "transfer-encoding": (
        "The body comes in chunks: its length is not known yet.",
        "RFC 9112 §6.1",
    ),
    "upgrade": ("Another protocol, offered or chosen.", "RFC 9110 §7.8"),
    "user-agent": ("The client's software.", "RFC 9110 §10.1.5"),
    "vary": ("Which header lines of the request the answer depends on.", "RFC 9110 §12.5.5"),
}
VERSION: Word = ("The rules by which the sender wrote this.", "RFC 9112 §2.3")


def request_line(method: str, target: str, version: str) -> list[tuple[str, str, str]]:
    """(name, meaning, section) of the three parts."""
    return [
        ("method", *METHODS.get(method, ("What to do with the target.", "RFC 9110 §9"))),
        ("target", "What it is about: a path, and after the question mark a query.", "3.2"),
        ("version", *VERSION),
    ]


def status_line(version: str, status: str, reason: str = "") -> list[tuple[str, str, str]]:
    """(name, meaning, section) of the three parts."""
    meaning = STATUS.get(status) or CLASSES.get(status[:1], ("How it went.", "RFC 9110 §15"))
    return [
        ("version", *VERSION),
        ("status", *meaning),
        ("reason", "For people; programs read the number.", "4"),
    ]


def header(name: str, value: str) -> Word:
    """What a header line says."""
    low = name.lower()
    if low == "connection":
        options = value.lower()
        if "upgrade" in options:
            return "The Upgrade line counts for this connection.", "RFC 9110 §7.8"
        if "close" in options:
            return "The connection ends with this answer.", "RFC 9112 §9.6"
        if "keep-alive" in options:
            return "The connection stays open for the next request.", "RFC 9112 §9.3"
    return HEADERS.get(low, ("A word about the message.", "RFC 9110 §6.3"))
