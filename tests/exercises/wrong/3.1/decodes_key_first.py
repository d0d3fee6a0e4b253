import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept(key):
    digest = hashlib.sha1(base64.b64decode(key) + GUID.encode()).digest()
    return base64.b64encode(digest).decode()
