import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def answer(method, headers):
    if method != "GET":
        return (405, {"Allow": "GET"})
    if headers.get("upgrade", "").lower() != "websocket":
        return (426, {"Upgrade": "websocket"})
    if headers.get("sec-websocket-version") != 13:
        return (426, {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"})
    words = [w.strip().lower() for w in headers.get("connection", "").split(",")]
    if "upgrade" not in words:
        return (400, {})
    if "sec-websocket-key" not in headers:
        return (400, {})
    return (
        101,
        {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": accept(headers["sec-websocket-key"]),
        },
    )
