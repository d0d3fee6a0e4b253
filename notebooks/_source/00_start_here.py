# %% [markdown] id="title"
# # 00 · Start here
#
# *You know Socket.IO as a library that you install. What is inside?*
#
# In this course you build it, in Python, from the bytes up. Today you look at the finished building
# from outside, and find your way.
#
# **Objectives.** At the end you can
#
# * use a Socket.IO chat, and recognize what travels between its two ends;
# * say where a server lives that you start in a cell, and what freezes it;
# * find your place on the map, and know whether you need a primer first;
# * start an exercise, and get help with it.
#
# **Prerequisites.** Python functions and a browser. Run a cell with Shift+Enter, from top to bottom.

# %% id="start"
import asyncio
import time

import socketio

from course_lib import lab
from course_lib.lab import bets, first_bytes, inspector, show, start_here, tap
from course_lib.lab.apps import finished_chat

lab.start()

# %% [markdown] id="chat"
# ## 1 · The chat you will build
#
# What does it do?
#
# Start its server, and open its page. Write something. Two tabs are two people: open the address
# above the page in a tab of its own.
#
# The lab listens from the beginning. A *tap* writes down every byte of each connection that is made
# after it was started.

# %% id="chat-start"
taps = tap.Tap("the chat").start()
chat = await finished_chat.Server().start()

# %% id="browser" tags=["nbval-ignore-output"]
show.page(chat.url)

# %% [markdown] id="chat-python-text"
# Python can take part as well. Here comes Mina. Look at the page while you run this. (Leave
# `handle_sigint=False` where it is. Without it, this client would take over the notebook's
# Interrupt button.)

# %% id="chat-python"
heard = []


async def visit():
    mina = socketio.AsyncClient(handle_sigint=False)
    mina.on("newMessage", heard.append)
    await mina.connect(chat.url)
    await mina.call("create", ("lobby", "Mina"))
    answer = await mina.call("say", "안녕")
    await asyncio.sleep(1.2)  # long enough for a heartbeat
    await mina.disconnect()
    return answer


print("the server answered:", await visit())
print("Mina heard:", heard[0])
assert heard[0]["text"] == "안녕"

# %% [markdown] id="chat-names"
# If you have used Socket.IO in JavaScript, you know all of these: an **event** with a name
# (`newMessage`), a **room** (`lobby`), an answer to an event (an **acknowledgement**), a **heartbeat**
# that shows on the page. The server is the one that this course builds. Mina's client is not: it comes
# from another library, python-socketio. Both speak the same language.

# %% [markdown] id="bytes"
# ## 2 · The bytes
#
# What did Mina and the server say to each other?
#
# The **inspector** shows what the tap has heard, and continues to listen. Each arrow is one message.
# Choose one with the mouse, or with the arrow keys: you see its bytes.

# %% id="bytes-live" tags=["nbval-ignore-output"]
live = inspector.live(taps)
assert live.messages
live

# %% [markdown] id="bytes-live-text"
# Now say something on the page, and watch the list. Then keep your hands still. Something continues
# without you, once a second: a very short message down, and one up. What could it be for?
#
# Stop listening, and read Mina's visit line by line.

# %% id="bytes-lines" tags=["nbval-ignore-output"]
taps.stop()
conversation = first_bytes.lines(taps.recording)
conversation

# %% id="bytes-lessons"
print("lessons that build these lines:", " ".join(conversation.lessons))
assert conversation.lessons == "01 03 04 05 07 08 09 10 11".split()

# %% [markdown] id="bytes-text"
# You need not understand any of it yet. Look for four things:
#
# * It begins as a web page does, with a request and its answer. Then the connection turns into
#   something else: that is the line with `101`.
# * Find `안녕`. It goes up once, and comes down in a `newMessage`. Mina's client writes it as
#   `\uc548\ub155`, and the server as it is: two ways to write the same text. (Primer p2 says why.)
# * The short messages of each second are called heartbeats.
# * Each line ends with a little tower: a frame, in it a message, in it an event. **Each floor of the
#   tower is a lesson**, and no floor knows the one above it.
#
# A browser shows the same. Press F12 in the tab of the chat, choose *Network*, reload, click the
# line with `websocket`, and then *Messages*.

# %% [markdown] id="freeze"
# ## 3 · Your cell is the server
#
# Where does this server live?
#
# In the kernel of this notebook, the program that runs your cells. There is one thread for all of
# it. To see what that means, we need a *witness* that is not part of it: a second client, in a thread
# of its own, that measures the time between heartbeats. There is one heartbeat each second. The page
# shows it, too: *last heartbeat*.
#
# ### Your bet
#
# Two cells wait for some seconds: the first with `await asyncio.sleep`, the second with
# `time.sleep`. What does the chat do meanwhile?

# %% id="bet"
my_bet = bets.bet(
    "During which of the two does the chat go on?",
    choices=["both", "await asyncio.sleep", "time.sleep", "neither"],
)
my_bet

# %% [markdown] id="freeze-await-text"
# First `await asyncio.sleep`. **Watch the page while the cell runs**, and write something into it.

# %% id="freeze-await"
witness = await start_here.Witness(chat.url).start()
await asyncio.sleep(2)
awaited = witness.longest_silence

# %% [markdown] id="freeze-sleep-text"
# Now `time.sleep`. Watch the page again, and write something again.

# %% id="demonstration"
witness.reset()
time.sleep(5)
await asyncio.sleep(1.2)  # long enough for the next heartbeat
frozen = witness.longest_silence

# %% id="freeze-result"
beats = {"await asyncio.sleep": awaited, "time.sleep": frozen}
for name, silence in beats.items():
    what = "freezes" if silence > 2.5 * min(beats.values()) else "goes on"
    print(f"{name:20} the chat {what}")
assert frozen > 2.5 * awaited
my_bet.reveal("await asyncio.sleep")

# %% [markdown] id="freeze-text"
# *This is the demonstration of this lesson.* Nothing was wrong with the chat. **Your cell is the
# server**: while a cell runs, and does not `await`, the server cannot move. It could not take your
# message, and it could not even show that it is alive. After a longer silence a client stops
# waiting, and says that the server is gone.
#
# Two rules follow, and you will need them in every lesson:
#
# * A server that you start in one cell serves **between** cells, and while a cell waits with
#   `await`. So write `await asyncio.sleep(1)`, never `time.sleep(1)`.
# * If something hangs, press **Interrupt** (the square button). It stops your cell. The server
#   stays.

# %% id="freeze-end"
await witness.close()
await chat.announce("the lesson goes on")

# %% [markdown] id="map"
# ## 4 · The map
#
# How do you get from here to that chat?
#
# Each lesson builds one floor. You write it small, compare it with the real one, break it, and measure
# it. Every lesson also runs without the others, so you may come back to any of them.
#
# These notebooks are your copies, in the folder `work`: write into them as you like. When the course
# has changed, `make lab` renews those that you have not changed. A new version of the others lies
# beside yours, and the map says where.

# %% id="map-show"
course = start_here.course_map()
course

# %% id="map-check"
assert "01  Short polling" in course.text

# %% [markdown] id="map-check-text"
# ### Do you need a primer?
#
# Six questions. Guessing helps nobody: *I don't know* is a good answer.

# %% id="self-check" tags=["nbval-ignore-output"]
questions = start_here.self_check()
questions

# %% [markdown] id="self-check-text"
# Without buttons: write your six letters here, `?` where you do not know.

# %% id="self-check-letters"
my_answers = "? ? ? ? ? ?"

advice = start_here.advice(my_answers)
assert len(my_answers.split()) == 6
advice

# %% [markdown] id="exercises"
# ## 5 · How exercises work
#
# How do you know that you have understood?
#
# You write it yourself, and real traffic goes through it. The exercises of a lesson are a notebook
# in the folder `exercises`, with the same number. In each you write a function, and then:
#
# ```
# check("1.1")             tries your function with fresh data, and says what it saw
# checks.hint("1.1")       a hint; there are three, each says more; after the third, all of them
# checks.hint("1.1", 1)    the first hint again
# checks.solution("1.1")   ours, when you have passed; or after checks.give_up("1.1")
# ```
#
# `check(1.1)` without quotes is the same. Only a primer's number needs them: `check("p1.1")`.
#
# A wrong answer is not just wrong. `check` often knows **which idea led there**, shows the first
# byte that differs, and says why. So try early, and be wrong: it costs nothing. What you have passed
# is kept in a file on this computer, and shown on the map above.
#
# One or two exercises of a lesson are **core**. If your time is short, do these. The others are for
# practice.

# %% [markdown] id="missing"
# ## What is still missing
#
# Everything. Today you saw the lines, but not why they are there. Why does a chat begin with a request
# and its answer, if nobody wants to ask anything? That is lesson 01. It begins with the simplest way
# there is, and with what that costs.
#
# **Summary**
#
# * Socket.IO is a tower of small agreements: HTTP, WebSocket, Engine.IO, Socket.IO. Each is a
#   part of this course.
# * Its conversation is text that you can read, and soon will.
# * A server in a notebook lives in the kernel. A cell that computes or sleeps freezes it; a cell
#   that waits with `await` does not.
# * Primers are for readers who need them. Exercises answer with a reason.
#
# **Ask next.** The recording has no line for lesson 02. Which lines would there be if WebSocket
# were forbidden on the way? And WebSocket has a ping of its own: why does Socket.IO send a heartbeat
# as well, and from the server? (Lesson 05 answers this one.)

# %% id="glossary"
lab.glossary("00")

# %% id="finish"
await chat.close()
await lab.finish()
