import json
import secrets


def handshake(sid, upgrades, interval, timeout, max_payload):
    fields = {
        "sid": sid,
        "upgrades": upgrades,
        "pingInterval": f"{interval * 1000:.0f}",
        "pingTimeout": f"{timeout * 1000:.0f}",
        "maxPayload": max_payload,
    }
    return "0" + json.dumps(fields)


def new_sid():
    return secrets.token_urlsafe(15)
