from enum import Enum


class State(Enum):
    OPEN = 1
    CLOSING = 2
    OVER = 3


class Ending:
    def __init__(self, timeout):
        self.timeout = timeout
        self.state = State.OPEN

    def handle(self, event, now):
        if self.state is State.OVER:
            return []
        match event:
            case ("say", text) if self.state is State.OPEN:
                return [("send", 1, text.encode())]
            case ("close", 1005 | 1006 | 1015):
                raise ValueError("this code is never sent")
            case ("close", code) if self.state is State.OPEN:
                self.state, self.deadline = State.CLOSING, now + self.timeout
                return [("send", 8, b"" if code is None else code.to_bytes(2, "big"))]
            case ("frame", 1, payload):
                return [("message", payload.decode())]
            case ("frame", 9, payload):
                return [("send", 10, payload)]
            case ("frame", 8, payload):
                answer = [("send", 8, payload)] if self.state is State.OPEN else []
                self.state = State.OVER
                code = int.from_bytes(payload, "big") if payload else 1005
                return [*answer, ("closed", code), ("hang up",)]
            case ("lost",):
                self.state = State.OVER
                return [("closed", 1006)]
            case ("time",) if self.state is State.CLOSING and now >= self.deadline:
                self.state = State.OVER
                return [("closed", 1006), ("hang up",)]
        return []
