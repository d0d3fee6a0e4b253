class Outbox:
    """One attribute: a list of packets, or the number of a GET, or None at the end."""

    def __init__(self):
        self.state = ()

    def send(self, packet):
        match self.state:
            case None:
                return []
            case tuple(packets):
                self.state = (*packets, packet)
                return []
            case number:
                self.state = ()
                return [("answer", number, [packet])]

    def get(self, request):
        match self.state:
            case None:
                return [("refuse", request)]
            case ():
                self.state = request
                return []
            case tuple(packets):
                self.state = ()
                return [("answer", request, list(packets))]
            case number:
                self.state = None
                return [("refuse", request), ("answer", number, ["1"]), ("end",)]
