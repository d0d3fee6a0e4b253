import codecs

decoder = codecs.getincrementaldecoder("utf-8")()


def feed(rest, piece):
    return decoder.decode(piece), decoder.getstate()[0]
