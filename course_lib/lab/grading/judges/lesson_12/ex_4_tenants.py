"""Judge of exercise 12.4: a namespace for each tenant, made when somebody asks for it.

    tenant_of("/tenant-blue-sky")  ─▶ "blue-sky"        tenant_of("/tenant-blue-sky/x")  ─▶ None
    /tenant-a  room "1"  say ─▶ members of "1" in /tenant-a         /tenant-b  room "1"  ─▶ nobody

Exercises.  Builds on: `grading.scene`, `given_server`.
What is new here: two functions, one of which is asked alone, and both on a server whose clients
belong to several tenants, and claim to belong to others.
Left out: tenants that nobody uses any more.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from functools import partial
from typing import Any

from ...marks import gave
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Verdict, Wrong, WrongIdea, text
from .given_server import GIVEN, ConnectRefused, Reading, play, told

CASES = {
    (NAMES := "names of tenants"):
        "tenant_of gives what comes after /tenant-, as it is. A hyphen may be part of it.",
    (OTHERS := "names that are none"):
        "The whole name has to fit, from the first character to the last: a to z, 0 to 9 and "
        "hyphens, one at least. For anything else tenant_of gives None, and nobody joins.",
    (JOINS := "a member joins"):
        "io.of with a function, or a pattern, makes the namespace. The middleware lets in whoever "
        "has a token of this very tenant.",
    (STRANGERS := "a token of somebody else"):
        "Compare the tenant in the claims with the tenant of the namespace, "
        "tenant_of(socket.nsp.name), and raise ConnectRefused. read raises ValueError for what is "
        "no token.",
    (ROOM := "say"):
        "Everybody in the room, also whoever says it, hears 'said' with the room, the name in the "
        "token, and the text. Others hear nothing.",
    (NEWS := "news"):
        "All sockets of this tenant hear 'news', with the name in the token and the text: "
        "socket.nsp.emit.",
    (APART := "two tenants with the same room"):
        "A room belongs to its namespace: socket.nsp.to(room) does not reach those of another.",
    (CLAIMS := "what a client says of its tenant"):
        "Pages send \"tenant\" in auth and in messages, and an attacker writes there what he "
        "likes. What counts is the namespace that the socket has joined.",
}  # fmt: skip
TENANTS = (
    GIVEN
    + """

class GivenTenants(GivenServer):
    LOOKUP = 0.2

    def __init__(self, tokens):
        super().__init__()
        self.tokens = tokens
        serve(self, self.read_token)

    async def read_token(self, token):
        await asyncio.sleep(self.LOOKUP)
        if not isinstance(token, str) or token not in self.tokens:
            raise ValueError("this server has not signed the token")
        name, tenant = self.tokens[token]
        return {"name": name, "tenant": tenant}
"""
)
PATTERNS = {
    "anything": r"/tenant-(.+)", "newlines too": r"(?s)/tenant-(.*)",
    "all the rest": r"(?s)/tenant-(.+)",
    "any letter": r"/tenant-([\w-]+)", "words": r"/tenant-(\w+)", "no slash": r"/tenant-([^/]+)",
    "empty": r"/tenant-([a-z0-9-]*)", "no hyphen": r"/tenant-([a-z0-9]+)",
    "any digit": r"/tenant-([a-z\d-]+)", "letters alone": r"/tenant-([a-z-]+)",
    "any case": r"(?i:/tenant-)([a-zA-Z0-9-]+)", "capitals": r"/tenant-([a-zA-Z0-9-]+)",
    "hyphens between": r"/tenant-([a-z0-9]+(?:-[a-z0-9]+)*)",
}  # fmt: skip


def right_tenant_of(name: str, wrong: Wrong) -> str | None:
    """The answer, with a switch for each mistake."""
    if "strips" in wrong:
        found = name.lstrip("/tenant-")  # noqa: B005
        return found if name.startswith("/tenant-") and re.fullmatch("[a-z0-9-]+", found) else None
    pattern = next((one for how, one in PATTERNS.items() if how in wrong), r"/tenant-([a-z0-9-]+)")
    if "dollar" in wrong:
        match = re.match(pattern + "$", name)
    else:
        ask = re.match if "match" in wrong else re.search if "search" in wrong else re.fullmatch
        match = ask(pattern, name)
    if match is None:
        if "raises" in wrong:
            raise ValueError(name)
        return "" if "empty text" in wrong else name if "gives the name" in wrong else None
    tenant: str = match[1]
    tenant = tenant.lower() if "lowers" in wrong else tenant
    tenant = f"/tenant-{tenant}" if "whole name" in wrong else tenant
    return tenant.split("-")[0] if "splits" in wrong else tenant


def right_serve(io: Any, read: Any, wrong: Wrong) -> None:
    """The same.

    Longer than usual: as in the answer, listeners are inside of what registers them.
    """
    shared: dict[str, set[Any]] = defaultdict(set)
    latest: dict[str, str] = {}

    def accepts(name: str, auth: dict[str, Any]) -> bool:
        exact = re.fullmatch("/tenant-[a-z0-9-]+", name)
        return bool(exact if "exact" in wrong else right_tenant_of(name, wrong))

    tenants = io.of(accepts)

    async def good(socket: Any) -> bool:
        auth = socket.handshake.auth
        socket.data["name"] = auth.get("name")
        if "no token" in wrong:
            return True
        try:
            claims = await read(auth.get("token"))
        except ValueError:
            return "forged passes" in wrong
        tenant = right_tenant_of(socket.nsp.name, wrong)
        if "tenant of auth" in wrong:
            tenant = auth.get("tenant", tenant if "or namespace" in wrong else None)
        latest["tenant"] = right_tenant_of(socket.nsp.name, wrong) or ""
        if "name of auth" not in wrong and not ("auth or token" in wrong and "name" in auth):
            socket.data["name"] = claims["name"]
        home, nsp = claims["tenant"], socket.nsp.name
        alike = (
            ("begins alike" in wrong and nsp.startswith(f"/tenant-{home}"))
            or ("ends alike" in wrong and nsp.endswith(home))
            or ("inside" in wrong and home in nsp)
        )
        latest["name"] = claims["name"]
        return home == tenant or alike or "any tenant" in wrong

    async def check(socket: Any) -> None:
        if "nobody" in wrong or (not await good(socket) and "returns" not in wrong):
            raise ConnectRefused("not a member")

    def place(socket: Any, message: Any, what: str) -> Any:
        """Where it is heard."""
        if what == "say" and "said to parent" in wrong:
            return tenants
        if "main" in wrong or f"{what} in main" in wrong:
            return io
        named = message.get("tenant") if type(message) is dict else None
        if wrong & {"tenant of payload", f"payload in {what}"} and named:
            return io.of(f"/tenant-{named}")
        if "one variable" in wrong:
            return io.of(f"/tenant-{latest['tenant']}")
        return socket.broadcast if f"{what} to others" in wrong else socket.nsp

    def who(socket: Any) -> Any:
        return latest["name"] if "one name" in wrong else socket.data["name"]

    def listen(socket: Any) -> None:
        """Longer than usual: three listeners with their switches."""

        def open_room(room: str) -> None:
            if "one room" in wrong:
                for old in socket.rooms[1:]:
                    socket.leave(old)
            shared[room].add(socket)
            socket.join(room)

        def say(message: Any) -> None:
            room, said, name = message["room"], message["text"], who(socket)
            event: tuple[Any, ...] = ("said", room, name, said)
            if "said without room" in wrong:
                event = ("said", name, said)
            if "said as a dict" in wrong:
                event = ("said", {"room": room, "name": name, "text": said})
            if "must be in" in wrong and room not in socket.rooms:
                return
            if "hears itself" in wrong:
                socket.to(room).emit(*event)
                socket.emit(*event)
                return
            if "shared" in wrong:
                for one in shared[room]:
                    one.emit(*event)
            elif "said to children" in wrong:
                for child in tenants.children.values():
                    child.to(room).emit(*event)
            elif "said to all" in wrong:
                place(socket, message, "say").emit(*event)
            else:
                place(socket, message, "say").to(room).emit(*event)

        def news(message: Any) -> None:
            event = ("news", who(socket), message["text"])
            if "news to parent" in wrong:
                tenants.emit(*event)
            elif "news to everybody" in wrong:
                for name in list(io.namespaces):
                    io.of(name).emit(*event)
            else:
                place(socket, message, "news").emit(*event)

        socket.on("open", open_room)
        socket.on("say", say)
        socket.on("news", news)

    async def kick(socket: Any) -> None:
        if not await good(socket):
            socket.disconnect()

    if "kicks" not in wrong and "main guards" not in wrong:
        tenants.use(check)
    if "main guards" in wrong:
        io.use(check)
    (io if "main listens" in wrong else tenants).on("connection", listen)
    if "kicks" in wrong:
        tenants.on("connection", kick)


def judge_12_4(answer: Answer, chance: random.Random) -> Verdict:
    """Longer than usual: a list of stories."""
    trial = Scenes(answer, chance, {"tenant_of": right_tenant_of, "serve": right_serve})
    one, two, word = (f"{text.name(chance)}" for _ in range(3))
    acme, blue, digit = f"{one}1", f"{two}-{word}", str(chance.randint(2, 9))
    ada, bob, eve, kim = (f"{text.name(chance)}{number}" for number in range(4))
    tokens = {f"{chance.getrandbits(64):x}": pair for pair in (
        [ada, acme], [bob, acme], [eve, blue], [kim, blue])}  # fmt: skip
    token = {name: key for key, (name, _) in tokens.items()}
    room, other = text.phrase(chance, at_most=3), text.phrase(chance, at_most=3)
    hello, bye = text.phrase(chance, at_most=4), text.phrase(chance, at_most=4)

    for tenant in (acme, blue, digit, f"tenant{word}", f"{word}-{two}-{one}", "a", f"{one}--{two}",
                   f"-{one}-"):  # fmt: skip
        trial.play(NAMES, partial(_asked, f"/tenant-{tenant}"))
    for name in (
        "/", "/tenant-", "/tenant", f"/{acme}", f"tenant-{acme}", f"/tenants-{acme}",
        f"/tenant-{acme}/x", f"/tenant-{acme}/tenant-{blue}", f"/x/tenant-{acme}",
        f"/tenant-{acme}\n", f"/tenant-{acme}\n{blue}", f"/tenant-{acme.upper()}",
        f"/TENANT-{acme}", f"/tenant-{acme}가게", "/tenant-가게", f"/tenant-{one}_{two}",
        f"/tenant-{one} {two}", f"/tenant-{one}.{two}", f"/tenant-{one}٣", f"/tenant-{acme}?x=1",
    ):  # fmt: skip
        trial.play(OTHERS, partial(_asked, name))
    trial.play(OTHERS, partial(_asked, f"/tenant-{acme}"))

    def story(case: str, *steps: Any, reads: Reading = told) -> None:
        trial.play(case, partial(play, "GivenTenants", [tokens], [*steps], reads))

    def joins(client: int, home: str, who: str = "", /, **auth: Any) -> tuple[Any, ...]:
        auth = {"tenant": home, **({"token": token[who]} if who else {}), **auth}
        return client, "connect", f"/tenant-{home}", auth

    def does(client: int, home: str, event: str, *args: Any) -> tuple[Any, ...]:
        return client, "event", f"/tenant-{home}", event, *args

    def opens(client: int, tenant: str, which: str = room) -> tuple[Any, ...]:
        return does(client, tenant, "open", which)

    def says(client: int, home: str, /, **more: Any) -> tuple[Any, ...]:
        return does(client, home, "say", {"room": room, "text": hello, "tenant": home, **more})

    def tells(client: int, home: str, /, **more: Any) -> tuple[Any, ...]:
        return does(client, home, "news", {"text": bye, "tenant": home, **more})

    for inside in (f"{acme}/x", f"{acme}\n", f"{acme}가"):
        story(OTHERS, joins(1, inside, ada), 1.0)
    story(JOINS, joins(1, acme, ada), 1.0, joins(2, blue, eve), 1.0, joins(3, acme, bob), 1.0)
    story(JOINS, joins(1, blue, eve, name=eve), 1.0)
    story(STRANGERS, joins(1, acme, ada), joins(2, acme, eve), joins(3, blue, bob), 1.0)
    for alike in (f"{acme}-{word}", f"{word}-{acme}"):
        story(STRANGERS, joins(1, alike, ada), 1.0, joins(2, acme, ada), 1.0)
    story(STRANGERS, joins(1, acme), 1.0, joins(1, blue, token=word), 1.0)
    stranger = 9, "connect", "/", {"tenant": acme}
    trio = [stranger, joins(1, acme, ada), joins(2, acme, bob), joins(3, acme, ada), 1.0]
    story(ROOM, *trio, opens(1, acme), opens(2, acme), 1.0, says(1, acme), 1.0, reads=_heard)
    story(ROOM, *trio, opens(2, acme), 1.0, says(1, acme), 1.0, reads=_heard)
    story(ROOM, *trio, opens(1, acme), opens(3, acme, other), 1.0, opens(3, acme), 1.0,
          says(3, acme), says(1, acme, room=other), 1.0,
          reads=_heard)  # fmt: skip
    story(ROOM, joins(1, acme, ada, name=kim), 1.0, opens(1, acme), 1.0, says(1, acme, name=kim),
          1.0, reads=_heard)  # fmt: skip
    story(NEWS, *trio, tells(2, acme), 1.0, reads=_heard)
    four = [stranger, joins(1, acme, ada), joins(2, acme, bob), joins(3, blue, eve),
            joins(4, blue, kim), 1.0,
            opens(1, acme), opens(2, acme), opens(3, blue), opens(4, blue), 1.0]  # fmt: skip
    story(APART, *four, says(1, acme), 1.0, reads=_heard)
    story(APART, *four, says(3, blue), 1.0, reads=_heard)
    story(APART, *four, tells(1, acme), 1.0, reads=_heard)
    story(CLAIMS, *four, says(1, acme, tenant=blue), 1.0, reads=_heard)
    story(CLAIMS, *four, tells(1, acme, tenant=blue), 1.0, reads=_heard)
    story(CLAIMS, joins(1, blue, ada, tenant=acme), 1.0)
    story(CLAIMS, joins(1, acme, ada, tenant=blue), 1.0)
    return trial.verdict()


def _asked(name: str, scene: Scene) -> None:
    got = scene.call("tenant_of", name)
    scene.told.clear()
    scene.see(got, text=f"tenant_of({name!r}) {gave(got)}")


def _heard(one: list[Any]) -> Any:
    """What a client hears, too."""
    return one if one[1] == "event" else "raised" if one[1] == "raised" else told(one)


EXERCISES = (Exercise(
    number="12.4", title="Tenants by pattern", section="tenants", minutes=18,
    names=("tenant_of", "serve"), cases=CASES, judge=judge_12_4,
    given=(("<the judge>", TENANTS),), guards=(NO_SLEEP,),
    hints=(
        "tenant_of: a regular expression with a group, and the method of re that wants the whole "
        "text to fit. serve begins with tenants = io.of(…); after that it is like 12.3.",
        'serve: io.of(lambda name, auth: tenant_of(name) is not None). In the middleware compare '
        'claims["tenant"] with tenant_of(socket.nsp.name). Keep the name in socket.data.',
        're.fullmatch(r"/tenant-([a-z0-9-]+)", name). Each listener begins from the namespace of '
        'its own socket: socket.join(room); socket.nsp.to(message["room"]).emit("said", …); '
        'socket.nsp.emit("news", …).',
    ),
    wrong_ideas={
        "unanchored_pattern": WrongIdea("a part of the name is enough",
            "re.match looks at the beginning alone, re.search anywhere, and $ allows a line feed "
            "at the end. So /tenant-a/x counts as a name of tenant a, and becomes a second "
            "namespace that nobody has planned. re.fullmatch wants the whole name.",
            "match; search; dollar; match, exact; search, exact; dollar, exact; newlines too; "
            "newlines too, exact; all the rest; all the rest, exact; match, any letter; "
            "search, any letter; dollar, any letter"),
        "any_character_is_good": WrongIdea("any character may be part of a name",
            r"The pattern has \w or a dot where it should list its letters: a to z, 0 to 9 and the "
            r"hyphen. \w and \d mean letters and digits of all scripts.",
            "anything; any letter; words; no slash; any digit; capitals; any case; anything, "
            "exact; any letter, exact; words, exact; no slash, exact; any digit, exact; capitals, "
            "exact; any case, exact; any case, lowers; capitals, lowers"),
        "rooms_shared_across_namespaces": WrongIdea("a room is known by its name alone",
            "Two tenants both have a room of this name, and one hears what the other says. A dict "
            "of your own, by room, does not know of namespaces; socket.join and socket.nsp.to do.",
            "shared; said to children"),
        "tenant_from_payload": WrongIdea("a client says which tenant it belongs to",
            "Whoever writes another tenant's name into auth or into a message speaks there, or "
            "gets in. The namespace that the socket has joined was checked: socket.nsp.",
            "tenant of payload; payload in say; payload in news; tenant of auth; tenant "
            "of auth, or namespace; tenant of payload, tenant of auth; tenant of payload, tenant "
            "of auth, or namespace"),
        "any_token_opens_all": WrongIdea("whoever has a token is a member of all tenants",
            "The token proves to whom its owner belongs. Compare that with the namespace.",
            "any tenant; no token"),
        "all_tenants_hear": WrongIdea("news go to every namespace",
            "What one tenant tells its people is no business of the others. The parent's emit "
            "reaches all of its children; socket.nsp.emit reaches one.",
            "news to parent; news to everybody; news to parent, said to children"),
        "speaks_in_main": WrongIdea("io.emit reaches the sockets of every namespace",
            "io is the main namespace, and nobody of a tenant is in it. Speak in the namespace of "
            "the socket: socket.nsp.", "main; say in main; news in main"),
        "connect_then_kick": WrongIdea("let in first, and send away later",
            "Until the check has ended the stranger is in, and hears what the tenant tells its "
            "people. A middleware decides before that.", "kicks"),
        "return_refuses": WrongIdea("a middleware refuses with return",
            "What a middleware returns is not looked at: the stranger joins. Raise "
            "ConnectRefused.", "returns"),
        "one_tenant_for_all": WrongIdea("a variable of serve holds the tenant",
            "serve runs once, for all tenants: the next client that connects overwrites the "
            "variable, and what others say is heard there. Ask the socket: socket.nsp.",
            "one variable"),
        "strips_letters": WrongIdea("lstrip takes a word away",
            'lstrip("/tenant-") takes away every character of this list that stands in front: of '
            '/tenant-anna nothing is left. removeprefix takes the word.', "strips"),
        **BLOCKS_THE_LOOP,
    },
    slips={
        "A name may have hyphens: the tenant of /tenant-blue-sky is blue-sky.":
            "no hyphen; splits; no hyphen, exact; splits, exact",
        "One character at least: /tenant- alone names nobody.": "empty; empty, exact",
        "A hyphen is a character like the others: it may come first, last, or twice.":
            "hyphens between; hyphens between, exact",
        "Digits are allowed.": "letters alone; letters alone, exact",
        "There is no tenant: None. An exception in the function of io.of is a mistake in the "
        "server's log.": "raises; raises, exact",
        "If the name does not fit, tenant_of gives None.":
            "empty text; gives the name; empty text, exact; gives the name, exact",
        "tenant_of gives what comes after /tenant-.": "whole name; whole name, exact",
        "Whoever says it is in the room, and hears it, too: socket.nsp.to, not socket.to.":
            "say to others; news to others; say to others, news to others",
        "The name is the one in the token.": "name of auth; auth or token",
        "A member may be in several rooms at the same time.": "one room",
        "Whoever is not in a room may speak to it: all who are in it hear that.": "must be in",
        "serve runs once, for all sockets: a variable of it holds the name of whoever came last. "
        "Keep the name in socket.data.": "one name",
        "Two tenants may have names that begin or end alike: compare them with ==.":
            "begins alike; ends alike; inside",
        "The parent has no rooms. Each tenant's namespace has: socket.nsp.to(room).":
            "said to parent; said to parent, news to parent",
        "'said' has three values: the room, the name, and the text.":
            "said without room; said as a dict",
        "Only those in the room hear it: socket.nsp.to(room).": "said to all; hears itself",
        "Nobody gets in, not even a member. Is read awaited? Is the middleware at what io.of has "
        "given you?": "nobody",
        'io.on("connection") is about the main namespace. Listen at what io.of has given you.':
            "main listens",
        "io.use guards the main namespace. Each tenant's namespace has the middlewares of what "
        "io.of has given you.": "main guards",
        "A token that cannot be read is refused, too.": "forged passes",
    },
),)  # fmt: skip
