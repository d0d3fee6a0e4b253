class Answers:
    def handle(self, event):
        if event[0] == "event" and event[2] is not None:
            return [("ack", event[2], [])]
        return []
