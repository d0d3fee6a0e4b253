import json
import random
import string

chance = random.SystemRandom()


def handshake(sid, upgrades, interval, timeout, max_payload):
    names = "sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload", "pingMode"
    values = sid, upgrades, interval * 1000, timeout * 1000, max_payload, "server"
    return f"0{json.dumps(dict(zip(names, values, strict=True)))}"


def new_sid():
    return "".join(chance.choice(string.ascii_letters + string.digits) for _ in range(20))
