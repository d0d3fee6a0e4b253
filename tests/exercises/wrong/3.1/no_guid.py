import base64
import hashlib


def accept(key):
    return base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
