import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def proof_for(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def verify(status, headers, key, asked):
    words = [word.strip().lower() for word in headers.get("connection", "").split(",")]
    if status != 101:
        raise ValueError("status")
    if headers.get("upgrade", "").lower() != "websocket":
        raise ValueError("upgrade")
    if "upgrade" not in words:
        raise ValueError("connection")
    if headers["sec-websocket-accept"] != proof_for(key):
        raise ValueError("proof")
    chosen = headers.get("sec-websocket-protocol")
    if chosen is not None and chosen not in asked:
        raise ValueError("subprotocol")
    return chosen
