import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def verify(status, headers, key, asked):
    words = [w.strip().lower() for w in headers.get("connection", "").split(",")]
    assert status == 101
    assert headers.get("upgrade", "").lower() == "websocket"
    assert "upgrade" in words
    assert headers.get("sec-websocket-accept") == accept(key)
    chosen = headers.get("sec-websocket-protocol")
    assert chosen is None or chosen in asked
    return chosen
