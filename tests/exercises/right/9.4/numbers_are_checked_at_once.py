def take_out(data):
    taken = []

    def without(value):
        if isinstance(value, bytes):
            taken.append(value)
            return {"_placeholder": True, "num": len(taken) - 1}
        if isinstance(value, list):
            return [without(one) for one in value]
        if isinstance(value, dict):
            return {key: without(one) for key, one in value.items()}
        return value

    return without(data), taken


def filled(value, pieces):
    if isinstance(value, dict) and value.get("_placeholder") is True:
        if value["num"] not in range(len(pieces)):
            raise ValueError("no attachment has this number")
        return pieces[value["num"]]
    if isinstance(value, dict):
        return {key: filled(one, pieces) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, pieces) for one in value]
    return value


class Collector:
    def __init__(self):
        self.waiting = None

    def event(self, data, count):
        if self.waiting:
            raise ValueError("attachments are due")
        filled(data, [b""] * count)
        if count == 0:
            return data
        self.waiting = data, count, []
        return None

    def attachment(self, data):
        if not self.waiting:
            raise ValueError("no attachment is due")
        event, count, pieces = self.waiting
        pieces.append(data)
        if len(pieces) < count:
            return None
        self.waiting = None
        return filled(event, pieces)
