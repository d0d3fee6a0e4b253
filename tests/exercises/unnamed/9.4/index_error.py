def take_out(data):
    attachments = []

    def walk(value):
        if isinstance(value, bytes):
            attachments.append(value)
            return {"_placeholder": True, "num": len(attachments) - 1}
        if isinstance(value, list):
            return [walk(item) for item in value]
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        return value

    return walk(data), attachments


def put_back(value, attachments):
    if isinstance(value, list):
        return [put_back(item, attachments) for item in value]
    if isinstance(value, dict):
        if value.get("_placeholder") is True:
            num = value["num"]
            return attachments[num]
        return {key: put_back(item, attachments) for key, item in value.items()}
    return value


class Collector:
    def __init__(self):
        self.waiting = None
        self.count = 0
        self.received = []

    def event(self, data, count):
        if self.waiting is not None:
            raise ValueError("attachments are missing")
        if count == 0:
            return data
        self.waiting = data
        self.count = count
        self.received = []
        return None

    def attachment(self, data):
        if self.waiting is None:
            raise ValueError("no attachment is due")
        self.received.append(data)
        if len(self.received) < self.count:
            return None
        whole = put_back(self.waiting, self.received)
        self.waiting = None
        return whole
