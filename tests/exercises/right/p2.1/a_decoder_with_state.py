import codecs

DECODER = codecs.lookup("utf-8").incrementaldecoder


def feed(rest, piece):
    decoder = DECODER()
    decoder.setstate((rest, 0))
    return [decoder.decode(piece), decoder.getstate()[0]]
