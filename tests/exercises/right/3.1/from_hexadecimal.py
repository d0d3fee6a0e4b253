import hashlib
from base64 import standard_b64encode

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept(key):
    text = f"{key}{GUID}"
    digest = bytes.fromhex(hashlib.sha1(bytes(text, "utf-8")).hexdigest())
    return str(standard_b64encode(digest), "utf-8")
