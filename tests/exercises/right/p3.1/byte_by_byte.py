class Lines:
    def __init__(self):
        self.line = []

    def feed(self, piece):
        found = []
        for byte in piece:
            self.line.append(byte)
            if self.line[-2:] == [13, 10]:
                found.append(str(bytes(self.line[:-2]), "utf-8"))
                self.line = []
        return found
