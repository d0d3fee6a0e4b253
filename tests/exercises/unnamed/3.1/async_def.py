import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


async def accept(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
