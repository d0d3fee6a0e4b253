class Lines:
    def feed(self, piece):
        return [piece.decode().strip()]
