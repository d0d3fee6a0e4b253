"""Judge of exercise 12.3: who gets into /admin, and what happens there.

    client 1: connect / {}                      ─▶  connect /
    client 1: connect /admin {"role": "admin"}  ─▶  connect_error /admin
    client 2: connect /admin {"token": "…"}     ─▶  connect /admin     then it may delete users

Exercises.  Builds on: `grading.scene`, `given_server`.
What is new here: the judge is the attacker.  It sends what a page would never send, and before the
answer has come.
Left out: a token that expires after its client has joined.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any

from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scenes
from ...trial import Answer, Exercise, Verdict, Wrong, WrongIdea, text
from .given_server import GIVEN, ConnectRefused, Reading, play, told

CASES = {
    (OPEN := "the main namespace"):
        "Everybody may join /, with a token or without: the middleware belongs to /admin alone.",
    (ADMIN := "an administrator"):
        "A good token, role admin: the middleware raises nothing. Then 'delete user' calls "
        "delete(name, by).",
    (MISSING := "no token"):
        "Without a token: raise ConnectRefused in the middleware of /admin.",
    (FORGED := "a token that this server has not signed"):
        "read raises ValueError. Whatever the auth says beside it, nobody joins.",
    (EXPIRED := "a token that is too old"):
        "now() is not less than its \"until\": it is worth nothing any more.",
    (ROLE := "a good token of somebody else"):
        "Only what read gives back is proved. Its role has to be 'admin', that and nothing else.",
    (ROOT := "a client that joins / first"):
        "A token counts for the connect that it came with. In / nobody deletes users.",
    (EARLY := "events before the answer"):
        "While the middleware reads the token, nobody has joined: the library closes the "
        "connection of whoever sends an event. Nothing may be deleted.",
    (WHO := "who has deleted"):
        "`by` is the name in the token of this very socket: keep it in socket.data.",
}  # fmt: skip
GUARD = (
    GIVEN
    + """

class GivenGuard(GivenServer):
    START, LOOKUP = 1_700_000_000.0, 0.2

    def __init__(self, tokens):
        super().__init__()
        self.tokens, self.zero = tokens, asyncio.get_running_loop().time()
        guard(self, self.read_token, self.seconds, self.delete_user)

    def seconds(self):
        return self.START + (asyncio.get_running_loop().time() - self.zero) // 1

    async def read_token(self, token):
        await asyncio.sleep(self.LOOKUP)
        if not isinstance(token, str) or token not in self.tokens:
            raise ValueError("this server has not signed the token")
        name, role, until = self.tokens[token]
        return {"name": name, "role": role, "until": self.START + until}

    def delete_user(self, name, by):
        self.tell(0, "deleted", name, by)
"""
)


def right(io: Any, read: Any, now: Any, delete: Any, wrong: Wrong) -> None:
    """The answer, with a switch for each mistake.

    Longer than usual: as in the answer, listeners are inside of what registers them.
    """
    admin, latest, trusted = io.of("/admin"), {}, set()
    start, good_once = now(), set[str]()

    def refuse(socket: Any) -> None:
        if "returns" not in wrong:
            raise ConnectRefused("not allowed")

    async def good(socket: Any) -> bool:
        """Whether its token is that of an administrator; notes its name.

        Longer than usual: one switch after the other.
        """
        auth = socket.handshake.auth
        socket.data["name"] = auth.get("name")
        if "remembers connections" in wrong and socket.conn.id in trusted:
            return True
        if "role alone" in wrong:
            return bool(auth.get("role") == "admin")
        if ("token" not in auth if "absent passes" in wrong else not auth.get("token")) and (
            wrong & {"absent passes", "empty passes"}
        ):
            return True
        try:
            claims = await read(auth.get("token"))
        except ValueError:
            if "raises" in wrong:
                raise
            if "forged passes" in wrong:
                return True
            if "forged by role" in wrong:
                return bool(auth.get("role") == "admin")
            return False
        if "merged" in wrong:
            claims = {**claims, **auth}
        if "name of auth" not in wrong and not ("auth or token" in wrong and "name" in auth):
            socket.data["name"] = claims["name"]
        latest["name"] = claims["name"]
        moment = auth.get("now", now()) if "now of auth" in wrong else now()
        moment = start if "now once" in wrong else moment
        late = moment < claims["until"] if "other way" in wrong else moment >= claims["until"]
        if "equal passes" in wrong:
            late = moment > claims["until"]
        if "remembers tokens" in wrong and auth["token"] in good_once:
            late = False
        if late and "no expiry" not in wrong:
            return False
        good_once.add(auth["token"])
        trusted.add(socket.conn.id)
        role = claims["role"]
        if "role of auth" in wrong:
            role = auth.get("role", role if "or token" in wrong else None)
        if "role in role" in wrong:
            return "admin" in role
        return role == "admin" or "any role" in wrong

    async def check(socket: Any) -> None:
        if "task" in wrong:
            asyncio.ensure_future(good(socket))  # noqa: RUF006
            return
        if "at once" in wrong or not await good(socket) or "nobody" in wrong:
            refuse(socket)

    async def vouch(socket: Any) -> None:
        if await good(socket):
            trusted.add(socket.conn.id)

    def vouched(socket: Any) -> None:
        if socket.conn.id not in trusted:
            refuse(socket)

    def listen(socket: Any) -> None:
        def delete_user(name: Any, *more: Any) -> None:
            who = latest if "one for all" in wrong else socket.data
            by = who["name"]
            if "by of event" in wrong and more:
                by = more[0]
            if "by id" in wrong:
                by = socket.id
            done = delete(*((by, name) if "swapped" in wrong else (name, by)))

            if "awaits delete" in wrong:
                raise TypeError(f"object {done} can't be used in 'await' expression")

        async def careful(name: Any, *more: Any) -> None:
            if await good(socket):
                delete_user(name, *more)
            elif "sends away" in wrong:
                socket.disconnect()

        if "no listener" not in wrong:
            socket.on("delete user", careful if "at events" in wrong else delete_user)

    async def connected(socket: Any) -> None:
        if "listens last" not in wrong:
            listen(socket)
        if "kicks" in wrong and not await good(socket):
            socket.disconnect("kicks out" in wrong)
        elif "listens last" in wrong:
            listen(socket)

    if "root vouches" in wrong:
        io.use(vouch)
        admin.use(vouched)
    elif not wrong & {"kicks", "at events", "root alone"}:
        admin.use(check)
    if wrong & {"root alone", "root too"}:
        io.use(check)
    if "root listens alone" not in wrong:
        admin.on("connection", connected)
    if wrong & {"root listens", "root listens alone"}:
        io.on("connection", connected)


def judge_12_3(answer: Answer, chance: random.Random) -> Verdict:
    """Longer than usual: a list of stories."""
    trial = Scenes(answer, chance, right)
    ada, bob, eve, king = (f"{text.name(chance)}{number}" for number in range(4))
    boss, other, user, old, helper, short = (
        f"{chance.getrandbits(64):x}.{kind}" for kind in "ABCDEF")  # fmt: skip
    tokens = {boss: [ada, "admin", 3600.0], other: [bob, "admin", 3600.0],
              user: [eve, "user", 3600.0], old: [ada, "admin", -chance.uniform(1, 60)],
              helper: [eve, "admin-helper", 3600.0], short: [bob, "admin", 3.0]}  # fmt: skip
    forged = f"{chance.getrandbits(64):x}.A"

    def story(case: str, *steps: Any, reads: Reading = _handled) -> None:
        """And after it an administrator joins: whoever refuses everybody guards nothing."""
        honest = (7, "connect", "/admin", {"token": boss}), 1.0
        trial.play(case, partial(play, "GivenGuard", [tokens], [*steps, *honest], reads))

    def joins(where: str, client: int = 1, **auth: Any) -> tuple[Any, ...]:
        return client, "connect", where, auth

    def deletes(where: str, client: int = 1, *more: Any) -> tuple[Any, ...]:
        return client, "event", where, "delete user", eve, *more

    def attacks(case: str, **auth: Any) -> None:
        """Whoever has this auth is refused."""
        story(case, joins("/"), 1.0, joins("/admin", **auth), 1.0)

    story(OPEN, joins("/"), 1.0)
    story(OPEN, joins("/", token=user, name=eve), 1.0)
    story(OPEN, joins("/", token=forged), 1.0)
    story(ADMIN, joins("/admin", token=boss), 1.0, deletes("/admin"), 1.0, reads=_deleted)
    story(ADMIN, joins("/"), joins("/admin", token=boss, role="admin", name=ada), 1.0,
          deletes("/admin"), 1.0, reads=_deleted)  # fmt: skip
    story(ADMIN, joins("/"), 1.0, deletes("/"), 1.0)
    attacks(MISSING)
    attacks(MISSING, token=None)
    attacks(MISSING, token="")
    attacks(MISSING, name=ada)
    for token in (forged, 7, [boss], {"name": ada, "role": "admin"}):
        attacks(FORGED, token=token)
    attacks(FORGED, token=forged, name=ada, role="admin")
    attacks(EXPIRED, token=old)
    attacks(EXPIRED, token=old, role="admin", until=4e9, now=0)
    story(EXPIRED, 3.5, joins("/admin", token=short), 1.0)
    story(EXPIRED, 7.0, joins("/admin", token=short), 1.0)
    story(EXPIRED, joins("/admin", 2, token=short), 7.0, joins("/admin", token=short), 1.0)
    attacks(ROLE, token=user)
    attacks(ROLE, token=user, role="admin", name=ada)
    attacks(ROLE, role="admin", name=ada)
    attacks(ROLE, token=helper)
    story(ROOT, joins("/", role="admin", name=ada), 1.0, deletes("/"), 1.0)
    story(ROOT, joins("/", token=boss), 1.0, deletes("/"), 1.0, joins("/admin"), 1.0,
          deletes("/admin"), 1.0)  # fmt: skip
    story(ROOT, joins("/admin", 2, token=boss), 1.0, joins("/", role="admin"), 1.0,
          joins("/admin", name=ada), 1.0, deletes("/admin"), 1.0)  # fmt: skip
    story(ROOT, joins("/admin", token=boss), 1.0, (1, "disconnect", "/admin"),
          joins("/admin", name=ada), 1.0)  # fmt: skip
    story(EARLY, joins("/admin", token=forged), 0.0, deletes("/admin"), 1.0)
    story(EARLY, joins("/admin", token=user, role="admin"), 0.1, deletes("/admin"), 1.0)
    story(EARLY, joins("/admin", token=forged), 0.1, deletes("/admin"), 1.0)
    story(WHO, joins("/admin", token=boss), 1.0, joins("/admin", 2, token=other), 1.0,
          deletes("/admin"), deletes("/admin", 2), 1.0, reads=_deleted)  # fmt: skip
    story(WHO, joins("/admin", token=boss, name=king), 1.0, deletes("/admin"), 1.0, reads=_deleted)
    story(WHO, joins("/admin", token=boss), 1.0, deletes("/admin", 1, king), 1.0,
          reads=partial(_deleted_by, king))  # fmt: skip
    return trial.verdict()


def _deleted_by(king: str, one: list[Any]) -> Any:
    """More arguments than are wanted may be an error, or nothing; but they may not count."""
    return one if one[1] == "deleted" and one[3] == king else told(one)


def _handled(one: list[Any]) -> Any:
    """An attacker's event came through; what the listener makes of it is free."""
    return "handled" if one[1] in ("deleted", "raised") else told(one)


def _deleted(one: list[Any]) -> Any:
    """Who was deleted, and by whom."""
    return one if one[1] == "deleted" and one[3] is not None else _handled(one)


EXERCISES = (Exercise(
    number="12.3", title="Guard /admin", section="guard", minutes=15, core=True,
    names=("guard",), cases=CASES, judge=judge_12_3, given=(("<the judge>", GUARD),),
    guards=(NO_SLEEP,),
    hints=(
        "Which namespace needs a guard, and when does it have to decide? A middleware of "
        'io.of("/admin") runs before anybody has joined, and for nobody else.',
        "In the middleware: socket.handshake.auth is what the client says. Nothing in it is "
        "proved, but what read makes of its token. Ask the claims, and not the auth, for the role "
        "and the name.",
        'claims = await read(socket.handshake.auth.get("token")). If now() >= claims["until"] or '
        'claims["role"] != "admin": raise ConnectRefused("not allowed"). socket.data["name"] = '
        'claims["name"]. In the listener of "connection" of /admin: socket.on("delete user", …).',
    ),
    wrong_ideas={
        "trusts_role_from_client": WrongIdea("a client says who it is",
            "Everything in auth is written by the client, and an attacker writes role: admin. "
            "Only what the server has signed itself proves anything: the claims that read gives.",
            "role alone; role of auth; role of auth, or token; forged by role; merged"),
        "connect_then_kick": WrongIdea("let in first, and send away later",
            "Until the check has ended the client is in: it hears what is said to all, and its "
            "events are handled. A middleware decides before that.",
            "kicks; kicks, listens last; kicks, kicks out; kicks, listens last, kicks out"),
        "guards_root_only": WrongIdea("a guard of / guards every namespace",
            "io.use is for the main namespace. A client that asks for /admin at once never meets "
            'it: io.of("/admin").use.', "root alone; root vouches"),
        "guards_root_too": WrongIdea("everybody needs the token of an administrator",
            "The chat in / is for all. Only /admin has a guard.", "root too"),
        "guards_events_only": WrongIdea("it is enough to check each event",
            "Whoever has joined hears what is said to all administrators, and one forgotten check "
            "in one listener opens the door. Decide once, before it joins.",
            "at events; at events, raises; at events, sends away; at events, raises, sends "
            "away; at events, any role; at events, no expiry"),
        "return_refuses": WrongIdea("a middleware refuses with return",
            "What a middleware returns is not looked at: `return False` lets the client in. Raise "
            "ConnectRefused.", "returns"),
        "no_token_passes": WrongIdea("only a token that is there is checked",
            "An attacker does not send one. What is missing is refused like what is wrong.",
            "absent passes; empty passes"),
        "forged_passes": WrongIdea("a token that cannot be read is no reason to refuse",
            "read raises ValueError because somebody else has made this token. If you catch it, "
            "refuse.", "forged passes; forged passes, absent passes; forged passes, empty passes"),
        "expired_passes": WrongIdea("a token is good for ever",
            "A laptop is stolen, an administrator leaves the company: that is what \"until\" is "
            "for. Compare it with now().", "no expiry"),
        "any_token_passes": WrongIdea("whoever has a token is an administrator",
            "Every user of the chat has a token. It proves a name and a role; look at the role.",
            "any role"),
        "deletes_in_root": WrongIdea("the listener stands in the main namespace",
            "There everybody joins, without any check. What only administrators may do is heard "
            "in /admin alone.", "root listens; root listens alone"),
        "name_from_client": WrongIdea("the client says who has deleted",
            "One administrator could act in the name of another. The name is in the token.",
            "name of auth; auth or token; by of event"),
        "one_name_for_all": WrongIdea("a variable of guard holds the name",
            "guard runs once, for all sockets: the next one that connects overwrites the variable, "
            "and its name stands under what others do. Use socket.data.", "one for all"),
        **BLOCKS_THE_LOOP,
    },
    slips={
        "A token that is too old, or that has another role, has to be refused: an exception for "
        "both.": "any role, no expiry",
        "The role is a whole word: compare with ==.": "role in role",
        "Nobody gets in any more, not even an administrator. Is read awaited? Is it now() that you "
        "compare with? Has the middleware one argument, socket?": "nobody; at once",
        "delete(name, by): first the user, and then the administrator.": "swapped",
        'A token is good as long as now() < claims["until"].': "other way; equal passes",
        "guard runs once, when the server starts. Ask now() at each connect.": "now once",
        "A token that was good may be too old by now: read it anew at each connect.":
            "remembers tokens",
        "This connection has joined before, with a token. It needs one for each connect.":
            "remembers connections",
        "delete is a plain function: call it, and await nothing.": "awaits delete",
        "What the client says of the time proves nothing either: ask now().": "now of auth",
        'In /admin each socket needs a listener of "delete user", which calls delete(name, by).':
            "no listener",
        "The client is in before its token has been read. A task that the middleware starts, or a "
        "middleware of a socket (socket.use), is too late: await read in a middleware of "
        'io.of("/admin").': "task",
        "`by` is a name. The id of a socket says nothing tomorrow.": "by id",
    },
),)  # fmt: skip
