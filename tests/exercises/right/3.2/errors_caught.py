import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def proof_for(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def answer(method, headers):
    if method.upper() != "GET":
        return 405, {"Allow": "GET"}
    try:
        key = headers["sec-websocket-key"]
        options = {word.strip() for word in headers["connection"].lower().split(",")}
        if not {"upgrade"} <= options:
            return 400, {}
    except KeyError:
        return 400, {}
    try:
        if (
            headers["upgrade"].lower() == "websocket"
            and int(headers["sec-websocket-version"]) == 13
        ):
            return 101, {
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Accept": proof_for(key),
            }
    except (KeyError, ValueError):
        pass
    return 426, {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
