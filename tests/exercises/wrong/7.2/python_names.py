import json
import secrets


def handshake(sid, upgrades, interval, timeout, max_payload):
    fields = {
        "sid": sid,
        "upgrades": upgrades,
        "ping_interval": round(interval * 1000),
        "ping_timeout": round(timeout * 1000),
        "max_payload": max_payload,
    }
    return "0" + json.dumps(fields)


def new_sid():
    return secrets.token_urlsafe(15)
