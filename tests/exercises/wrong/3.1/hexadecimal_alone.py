import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept(key):
    return hashlib.sha1((key + GUID).encode()).hexdigest()
