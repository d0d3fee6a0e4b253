import json
import os
from base64 import urlsafe_b64encode


def handshake(sid, upgrades, interval, timeout, max_payload):
    fields = dict(maxPayload=max_payload, pingTimeout=timeout * 1000, pingInterval=interval * 1e3)
    fields["sid"], fields["upgrades"] = sid, list(upgrades)
    return "0" + json.dumps(fields, separators=(",", ":"))


number = 0


def new_sid():
    global number
    number += 1
    return urlsafe_b64encode(os.urandom(12) + number.to_bytes(3, "big")).decode()
