import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def proof_for(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def answer(method, headers):
    words = [word.strip().lower() for word in headers.get("connection", "").split(",")]
    if method != "GET":
        return 405, {"Allow": "GET"}
    if headers.get("upgrade", "").lower() != "websocket":
        return 426, {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    if "upgrade" not in words:
        return 400, {}
    if not headers.get("sec-websocket-key"):
        return 400, {}
    return 101, {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": proof_for(headers["sec-websocket-key"]),
    }
