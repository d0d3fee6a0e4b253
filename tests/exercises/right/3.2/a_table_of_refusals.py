import base64
import hashlib
import re

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def proof_for(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


REFUSALS = [
    (405, lambda method, h: method != "GET"),
    (400, lambda method, h: not re.search(r"(^|,)\s*upgrade\s*(,|$)", h("connection"), re.I)),
    (400, lambda method, h: not h("sec-websocket-key")),
    (426, lambda method, h: h("upgrade").casefold() != "websocket"),
    (426, lambda method, h: h("sec-websocket-version") != "13"),
]


def answer(method, headers):
    for status, wrong in REFUSALS:
        if wrong(method, lambda name: headers.get(name) or ""):
            lines = {"allow": "GET", "upgrade": "WebSocket", "sec-websocket-version": "13"}
            return status, {**lines, "Content-Length": "0"}
    lines = {"connection": "upgrade", "upgrade": "WebSocket", "X-Served-By": "me"}
    lines["sec-websocket-accept"] = proof_for(headers["sec-websocket-key"])
    return 101, lines
