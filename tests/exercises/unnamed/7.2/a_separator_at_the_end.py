import base64
import itertools
import json
import os

counter = itertools.count()


def handshake(sid, upgrades, interval, timeout, max_payload):
    fields = {
        "sid": sid,
        "upgrades": upgrades,
        "pingInterval": interval * 1000,
        "pingTimeout": timeout * 1000,
        "maxPayload": max_payload,
    }
    return "0" + json.dumps(fields) + "\x1e"


def new_sid():
    return base64.urlsafe_b64encode(
        os.urandom(12) + (next(counter) % 2**24).to_bytes(3, "big")
    ).decode()
