import codecs


def feed(rest, piece):
    return codecs.getincrementaldecoder("utf-8")().decode(rest + piece)
