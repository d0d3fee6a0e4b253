import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def proof_for(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def verify(status, headers, key, asked):
    if headers.get("sec-websocket-accept") != proof_for(key):
        raise ValueError
    return headers.get("sec-websocket-protocol")
