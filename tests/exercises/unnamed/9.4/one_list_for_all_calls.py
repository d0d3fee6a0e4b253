found = []


def take_out(data):
    def walk(x):
        if isinstance(x, bytes):
            found.append(x)
            return {"_placeholder": True, "num": len(found) - 1}
        if isinstance(x, list):
            return [walk(i) for i in x]
        if isinstance(x, dict):
            return {k: walk(v) for k, v in x.items()}
        return x

    return walk(data), found


class Collector:
    def __init__(self):
        self.data = None
        self.count = 0
        self.got = []

    def event(self, data, count):
        if self.count:
            raise ValueError("due")
        if count == 0:
            return self.put(data, [])
        self.data, self.count, self.got = data, count, []
        return None

    def attachment(self, data):
        if not self.count:
            raise ValueError("not due")
        self.got.append(data)
        if len(self.got) < self.count:
            return None
        self.count = 0
        return self.put(self.data, self.got)

    def put(self, x, got):
        if isinstance(x, dict):
            if x.get("_placeholder") is True:
                n = x.get("num")
                if type(n) is not int or not 0 <= n < len(got):
                    raise ValueError("num")
                return got[n]
            return {k: self.put(v, got) for k, v in x.items()}
        if isinstance(x, list):
            return [self.put(v, got) for v in x]
        return x
