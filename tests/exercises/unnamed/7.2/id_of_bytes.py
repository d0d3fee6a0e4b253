import base64
import json
import os


def handshake(sid, upgrades, interval, timeout, max_payload):
    fields = {
        "sid": sid,
        "upgrades": upgrades,
        "pingInterval": interval * 1000,
        "pingTimeout": timeout * 1000,
        "maxPayload": max_payload,
    }
    return "0" + json.dumps(fields)


def new_sid():
    return base64.urlsafe_b64encode(os.urandom(15))
