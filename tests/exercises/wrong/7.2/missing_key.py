import json
import secrets


def handshake(sid, upgrades, interval, timeout, max_payload):
    fields = {
        "sid": sid,
        "upgrades": upgrades,
        "pingInterval": round(interval * 1000),
        "pingTimeout": round(timeout * 1000),
    }
    return "0" + json.dumps(fields)


def new_sid():
    return secrets.token_urlsafe(15)
