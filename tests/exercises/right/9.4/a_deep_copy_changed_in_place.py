import copy


def take_out(data):
    data = copy.deepcopy(data)
    found = []

    def visit(box):
        for key in range(len(box)) if isinstance(box, list) else list(box):
            if isinstance(box[key], bytes):
                found.append(box[key])
                box[key] = {"_placeholder": True, "num": len(found) - 1}
            elif isinstance(box[key], (list, dict)):
                visit(box[key])

    visit(data)
    return data, found


class Collector:
    def __init__(self):
        self.data, self.missing, self.came = None, 0, []

    def event(self, data, count):
        if self.missing > 0:
            raise ValueError("too early")
        self.data, self.missing, self.came = data, count, []
        if count == 0:
            return data

    def attachment(self, data):
        if self.missing <= 0:
            raise ValueError("too late")
        self.missing -= 1
        self.came.append(data)
        if self.missing:
            return None
        self.visit(self.data)
        return self.data

    def visit(self, box):
        for key, value in enumerate(box) if isinstance(box, list) else box.items():
            if isinstance(value, dict) and value.get("_placeholder") is True:
                if not 0 <= value["num"] < len(self.came):
                    raise ValueError("no such number")
                box[key] = self.came[value["num"]]
            elif isinstance(value, (list, dict)):
                self.visit(value)
