# %% [markdown] id="title"
# # p2 · Bytes and text
#
# *You write `안녕`. A wire carries only numbers. Which numbers, and how many?*
#
# This is a primer: a short lesson before the course. If you can answer the question above, and you
# know why JavaScript says that `"👋".length` is 2, skip it.
#
# **Objectives.** At the end you can
#
# * say what is text and what is bytes, and go from one to the other;
# * find the bytes of a Hangul syllable or an emoji, and count them;
# * put text together again that was cut in the middle of a letter;
# * write a number in several bytes, in the order that networks use;
# * say what JSON can carry, and what it cannot.
#
# **Prerequisites.** Python functions. Run a cell with Shift+Enter.

# %% id="start"
import codecs
import json
import random
import unicodedata

from course_lib import lab
from course_lib.lab import bets, show
from course_lib.net import stream

lab.start()

# %% [markdown] id="wire"
# ## 1 · Only numbers
#
# Can you send text?
#
# Here is a small server in this notebook. It sends back whatever it gets. Write the text `안녕` to
# it:


# %% id="wire-text"
async def echo(connection):
    while data := await connection.read():
        connection.write(data)


server = await stream.serve(echo)

async with await stream.connect("127.0.0.1", server.port) as connection:
    try:
        connection.write("안녕")
    except TypeError as error:
        print("refused:", type(error).__name__)

# %% [markdown] id="wire-bytes-text"
# No. A connection takes **bytes**: a row of numbers from 0 to 255. The method `encode` turns text
# into bytes, and `decode` turns bytes into text.

# %% id="wire-bytes"
async with await stream.connect("127.0.0.1", server.port) as connection:
    connection.write("안녕".encode())
    answer = await connection.read_exactly(6)

print("came back: ", answer)
print("as numbers:", list(answer))
print("as text:   ", answer.decode())

# %% [markdown] id="wire-types"
# In Python, text and bytes are two types. `str` is text: a row of characters. `bytes` is what travels. Python
# shows bytes as `b"…"`. A number from 32 to 126 is shown as what it means in *ASCII*, the oldest list
# of such numbers: English letters, digits, a space, `!` and so on. A line end is `\n`, a few others
# have short forms like it, and everything else is `\x..`.
#
# Guess what each line of the next cell gives. Then run it.

# %% id="wire-guess"
data = b"hi!"
print(data[0], "is the first of", len(data))
print(data[:1], "is a slice")
print(bytes([104, 105]), "was made from numbers")
print(b"hi" == "hi", "is whether bytes and text are ever equal")

# %% [markdown] id="wire-guess-text"
# One byte is a number, and a slice of bytes is bytes. The last line is the dangerous one. `b"hi"`
# and `"hi"` are never equal, and nobody complains. A program that compares them does nothing, in
# silence.
#
# ### Hexadecimal
#
# Bytes are usually written in base 16 (**hexadecimal**), two digits each, from `00` to `ff`. The
# course shows them like this: the position, the bytes, the text.

# %% id="wire-hex"
show.hexdump("Hi, 안녕 👋\n", marks=[("안", 4, 7), ("👋", 11, 15)])

# %% [markdown] id="utf8"
# ## 2 · From text to bytes
#
# Why did two syllables become six bytes?
#
# *Unicode* is a list of the characters of the world's scripts. Each of them has a number there, its
# **code point**: `h` is 104, `안` is 50504. A byte ends at 255. So most characters need several
# bytes. How to share a number among bytes is a rule, and the rule of the web is called **UTF-8**.
#
# ### Your bet
#
# Here is a family: one picture on your screen, and several code points. How many bytes does it take?

# %% id="bet"
family = "👨\u200d👩\u200d👧"
my_bet = bets.bet(f"How many bytes does {family} take?", unit="bytes")
my_bet

# %% [markdown] id="bet-more"
# Guess the others as well, before you look: `hi`, `é`, `안녕`, `☕`, `👋`.

# %% id="bet-result"
print("bytes  characters  text")
for text in "hi", "é", "안녕", "☕", "👋", family:
    print(f"{len(text.encode()):5} {len(text):11}  {text}")
my_bet.reveal(len(family.encode()))

# %% [markdown] id="utf8-rule"
# An English letter takes one byte, a Hangul syllable three, most emoji four, and some old ones such
# as `☕` three. The family is three people, joined by two invisible characters. So there are three
# lengths: what you see, what Python counts (code points), and what travels. JavaScript counts in a
# fourth way, in units of 16 bits: `"👋".length` is 2. The bytes on the wire are the same for both.
# **On a wire only the bytes count.**
#
# Now the rule itself. Look at the bits of `안`:

# %% id="utf8-bits"
print("       code point  bytes")
for char in "h안👋":
    octets = " ".join(f"{byte:08b}" for byte in char.encode())
    print(f"{ord(char):17b}  {octets:36}{char}")

# %% [markdown] id="utf8-shape"
# Compare left and right. The bits of the code point are all there, in order, and around them are bits
# that are always the same:
#
# ```
# 0xxxxxxx                                one byte: an English letter
# 110xxxxx 10xxxxxx                       two
# 1110xxxx 10xxxxxx 10xxxxxx              three: a Hangul syllable
# 11110xxx 10xxxxxx 10xxxxxx 10xxxxxx     four: most emoji
# ```
#
# The first byte says how many belong together. Each byte after it begins with `10`, and no first
# byte does. So you can look at any byte and know whether a character begins there.
#
# That is all. Here it is as a function.


# %% id="utf8-small"
def small_utf8(code_point):
    if code_point < 0x80:
        return bytes([code_point])
    size, frame = 2, 0b11000000
    if code_point >= 0x800:
        size, frame = 3, 0b11100000
    if code_point >= 0x10000:
        size, frame = 4, 0b11110000
    tail = []
    for _ in range(size - 1):
        tail.insert(0, 0b10000000 | code_point & 0b111111)  # the last six bits
        code_point >>= 6
    return bytes([frame | code_point, *tail])


# %% [markdown] id="utf8-agree-text"
# Does Python agree? Ask about every tenth code point there is.

# %% id="utf8-agree"
checked = 0
for code_point in range(0, 0x110000, 10):
    if not 0xD800 <= code_point < 0xE000:  # these are no characters
        assert small_utf8(code_point) == chr(code_point).encode()
        checked += 1
print(f"{checked:,} code points: the same bytes")

# %% [markdown] id="utf8-other-text"
# ### Break it: the wrong rule
#
# UTF-8 is not the only rule. Older Korean programs use CP949, and Latin-1 is an old rule of Europe,
# in which each byte is one character. What do you see when the reader uses another rule than the
# writer?

# %% id="utf8-other"
for written in "utf-8", "cp949":
    for read in "utf-8", "cp949", "latin-1":
        data = "안녕".encode(written)
        text = data.decode(read, errors="replace")
        print(f"written in {written:5}, read in {read:7}: {text!r}")

# %% [markdown] id="utf8-other-answer"
# Bytes do not say which rule made them. Writer and reader must agree before. In this course it is
# always UTF-8, and where a text may be something else, the reader has to refuse it.

# %% [markdown] id="pieces"
# ## 3 · Half a letter
#
# A message arrives in two pieces. May you decode each of them?
#
# *This is the demonstration of this primer.* Cut six bytes after each of them, and decode the
# pieces one by one, as a program does that reads from a connection.

# %% id="demonstration"
data = "안녕".encode()
for cut in range(1, 6):
    try:
        print(cut, data[:cut].decode() + data[cut:].decode())
    except UnicodeDecodeError as error:
        print(cut, "UnicodeDecodeError:", error.reason)

# %% [markdown] id="pieces-naive-text"
# It works in one place of five. With English text it works in all of them. That is why many programs
# have this mistake: their authors tried it with `hello`.
#
# Two repairs that look good are not:

# %% id="pieces-bad"
for how in "replace", "ignore":
    pieces = [data[:4], data[4:]]
    print(f"{how:8}", "".join(piece.decode(errors=how) for piece in pieces))

# %% [markdown] id="pieces-good-text"
# Both lose a letter, and now without an error. The good repair **keeps the bytes of the
# unfinished letter until the rest is there**. Python has a decoder that does it.

# %% id="pieces-good"
decoder = codecs.getincrementaldecoder("utf-8")()
for piece in data[:4], data[4:5], data[5:]:
    print(f"{len(piece)} more: {decoder.decode(piece)!r}")

# %% [markdown] id="pieces-end-text"
# At the end of a text nothing may be left over. Tell the decoder that this was the last piece, and
# it complains about half a letter:

# %% id="pieces-end"
decoder.decode("녕".encode()[:2])
try:
    decoder.decode(b"", final=True)
except UnicodeDecodeError as error:
    print("UnicodeDecodeError:", error.reason)

# %% [markdown] id="pieces-exercise"
# Write the function that keeps the rest: exercise
# [p2.1](../exercises/p2_bytes_and_text.ipynb#p2.1-·-Half-a-letter).

# %% [markdown] id="numbers"
# ## 4 · Numbers of more than one byte
#
# A byte ends at 255. How do you send the length 1000?
#
# As with ten digits: when one is not enough, take two. In base 256, 1000 is 3 and 232, because
# $3 \cdot 256 + 232 = 1000$. Only one question is open: which byte goes first, 3 or 232?

# %% id="numbers-order"
print("big end first:   ", list((1000).to_bytes(2, "big")))
print("little end first:", list((1000).to_bytes(2, "little")))

# %% [markdown] id="numbers-order-text"
# Your processor very likely begins with the *little end*, the byte that counts least. Networks begin
# with the *big end*, the byte that counts most, as you do when you write 1000. This is called **network
# byte order**. What happens when the two sides do not agree?

# %% id="numbers-wrong"
for length in 5, 256, 1000:
    data = length.to_bytes(2, "big")
    print(f"sent {length:5}, understood as {int.from_bytes(data, 'little'):6}")

# %% [markdown] id="numbers-wrong-text"
# Two of the three lengths became too large: the reader now waits for bytes that never come. That does
# not crash, it only waits. And 256 became 1: for this reader one byte is the whole message, and it
# reads the rest as the length of the next one.
#
# Two bytes carry numbers up to 65,535. A larger one needs more bytes, and Python refuses to guess:

# %% id="numbers-limit"
for number in 65_535, 65_536:
    try:
        print(number, "→", number.to_bytes(2, "big").hex(" "))
    except OverflowError:
        print(number, "→ does not fit into two bytes")

# %% [markdown] id="numbers-box-text"
# Now you can pack a text so that its reader knows where it ends: two bytes that say how many
# follow, then the bytes. The length is that of the *bytes*. Try it with a hundred random texts.


# %% id="numbers-box"
def pack(text):
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def unpack(data):
    length = int.from_bytes(data[:2], "big")
    return data[2 : 2 + length].decode()


chance = random.Random(1)
for _ in range(100):
    text = "".join(chance.choices("hi 안녕👋", k=chance.randrange(50)))
    assert unpack(pack(text) + b"the next message") == text
show.hexdump(pack("안녕"), marks=[("length", 0, 2), ("text", 2, 8)])

# %% [markdown] id="json"
# ## 5 · Values as text
#
# A chat sends more than text: a name, a list, a yes or no. How do they travel?
#
# First they become text, and then bytes. The text is usually **JSON**, which JavaScript and
# Python both read. There are several ways to write the same value:

# %% id="json-ways"
message = {"name": "민아", "online": True, "rooms": ["news"], "age": None}

plain = json.dumps(message)
short = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
for text in plain, short:
    print(f"{len(text.encode())} bytes  {text}")
assert json.loads(plain) == json.loads(short) == message

# %% [markdown] id="json-ways-text"
# Same value, different bytes. JavaScript's `JSON.stringify` writes the second form. A reader must
# accept both, so never compare JSON as text. Compare the values.
#
# Not everything comes back as it was. Some values cannot be written at all.

# %% id="json-limits"
for value in (1, 2), {1: "one"}, b"hi", {1, 2}:
    try:
        print(f"{value!r:12} comes back as", json.loads(json.dumps(value)))
    except TypeError as error:
        print(f"{value!r:12} {error}")

# %% [markdown] id="json-limits-text"
# A tuple comes back as a list, and a key is always text. Bytes cannot go into JSON at all. How
# Socket.IO sends a picture nevertheless is a subject of lesson 09.

# %% [markdown] id="json-exercise"
# Now pack such values, with their length in front: exercise
# [p2.2](../exercises/p2_bytes_and_text.ipynb#p2.2-·-A-message-in-a-box).

# %% [markdown] id="missing"
# ## What is still missing
#
# `unpack` was given a whole message and more. A connection gives you no such promise: half a length
# may arrive, or three messages at once. What cuts the stream? That is primer p3.
#
# One more surprise at the end: the same word can have two spellings. Some file systems store `안` as
# three letters, `ㅇ`, `ㅏ` and `ㄴ`, that are drawn as one.

# %% id="missing-normal"
once, apart = "안", unicodedata.normalize("NFD", "안")
print(once, "has", len(once.encode()), "bytes;", apart, "has", len(apart.encode()))
print("equal:", once == apart)
print("equal after normalizing:", once == unicodedata.normalize("NFC", apart))

# %% [markdown] id="end"
# **Summary**
#
# * A wire carries bytes, numbers from 0 to 255. `encode` makes them from text, `decode` makes text
#   from them, and both sides must use the same rule: UTF-8.
# * Characters and bytes are counted differently. Lengths on a wire are lengths in bytes.
# * A piece of a stream may end in the middle of a letter. Keep the rest until more arrives.
# * Networks write the big end of a number first.
# * JSON turns values into text. The same value can have different bytes, and bytes are no value.
#
# **Ask next.** Why does UTF-8 waste the bits `10` in each byte? What would happen without them
# when a reader starts in the middle?

# %% id="glossary"
lab.glossary("p2")

# %% id="finish"
await server.close()
await lab.finish()
