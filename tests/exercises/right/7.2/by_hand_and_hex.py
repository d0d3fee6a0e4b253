import uuid


def handshake(sid, upgrades, interval, timeout, max_payload):
    listed = ", ".join(f'"{name}"' for name in upgrades)
    return (
        f'0{{"sid": "{sid}", "upgrades": [{listed}], "pingInterval": {int(interval * 1000)}, '
        f'"pingTimeout": {int(timeout * 1000)}, "maxPayload": {max_payload}}}'
    )


def new_sid():
    return uuid.uuid4().hex[:20]
