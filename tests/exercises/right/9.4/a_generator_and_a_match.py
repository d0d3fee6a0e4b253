from itertools import count


def take_out(data):
    found = []
    numbers = count()

    def out(value):
        match value:
            case bytes():
                found.append(value)
                return dict(num=next(numbers), _placeholder=True)
            case list():
                return list(map(out, value))
            case dict():
                return dict(zip(value, map(out, value.values()), strict=True))
        return value

    return [out(data), found]


class Collector:
    def __init__(self):
        self.work = None

    def event(self, data, count):
        if self.work:
            raise ValueError(data)
        if not count:
            return data
        self.work = self.collect(data, count)
        next(self.work)

    def attachment(self, data):
        if not self.work:
            raise ValueError(data)
        whole = self.work.send(data)
        if whole is not None:
            self.work = None
        return whole

    def collect(self, data, count):
        came = []
        while len(came) < count:
            came.append((yield))
        by_number = dict(enumerate(came))

        def fill(value):
            match value:
                case {"_placeholder": True, "num": number}:
                    if number not in by_number:
                        raise ValueError(number)
                    return by_number[number]
                case dict():
                    return {key: fill(one) for key, one in value.items()}
                case list():
                    return [fill(one) for one in value]
            return value

        yield fill(data)
