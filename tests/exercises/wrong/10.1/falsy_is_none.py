class Answers:
    def __init__(self):
        self.ids, self.left, self.returned = {}, {}, set()

    def handle(self, event):
        match event:
            case ("event", number, id, listeners):
                self.ids[number], self.left[number] = id, listeners
            case ("returned", number, value):
                self.left[number] -= 1
                self.returned.add(number)
                if value or value == ():
                    return self.answer(number, value)
                return self.ended(number)
            case ("failed", number):
                self.left[number] -= 1
                return self.ended(number)
        return []

    def ended(self, number):
        if self.left[number] == 0 and number in self.returned:
            return self.answer(number, ())
        return []

    def answer(self, number, value):
        id = self.ids.pop(number, None)
        if id is None:
            return []
        return [("ack", id, list(value) if type(value) is tuple else [value])]
