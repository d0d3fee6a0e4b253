class Answers:
    def __init__(self):
        self.open = {}

    def handle(self, event):
        match event:
            case ("event", number, id, listeners):
                self.open[number] = [id, listeners, False, False]
                return []
            case ("returned", number, value):
                entry = self.open[number]
                entry[3] = True
                entry[1] -= 1
                result = []
                if value is not None and not entry[2]:
                    entry[2] = True
                    values = list(value) if isinstance(value, tuple) and len(value) > 1 else [value]
                    result = [("ack", entry[0], values)]
            case ("failed", number):
                entry = self.open[number]
                entry[1] -= 1
                result = []
        if entry[1] == 0:
            del self.open[number]
            if not entry[2] and entry[3]:
                result = [("ack", entry[0], [])]
        return result if entry[0] is not None else []
