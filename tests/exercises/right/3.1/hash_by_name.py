import binascii
import hashlib


def accept(key):
    h = hashlib.new("sha1")
    h.update(key.encode("ascii"))
    h.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
    return binascii.b2a_base64(h.digest(), newline=False).decode("ascii")
