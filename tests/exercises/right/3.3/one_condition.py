import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def proof_for(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


class Refused(ValueError):
    pass


def verify(status, headers, key, asked):
    options = headers.get("connection", "").lower().replace(" ", "").split(",")
    good = (
        status == 101
        and headers.get("upgrade", "").lower() == "websocket"
        and "upgrade" in options
        and headers.get("sec-websocket-accept", "").strip() == proof_for(key)
        and headers.get("sec-websocket-protocol") in [None, *asked]
    )
    if not good:
        raise Refused("this is no WebSocket")
    return headers.get("sec-websocket-protocol")
