import codecs


def feed(rest, piece):
    decoder = codecs.getincrementaldecoder("utf-8")()
    text = decoder.decode(piece)
    rest, _ = decoder.getstate()
    return text, rest
