"""The list in `Connection`, which exercises 3.2 and 3.3 look at, and how one goes wrong there.

    "keep-alive, Upgrade"  ─▶  True            "keep-alive, no-upgrade"  ─▶  False

Exercises.  Builds on: `grading.trial`.
What is new here: server and client read the same list, so they have the same wrong ideas of it.
Left out: words in quotes; see `wire.http.header_lists`.
"""

from __future__ import annotations

from ...trial import Wrong, WrongIdea

GOOD = (
    "keep-alive, Upgrade", "Upgrade, keep-alive", "keep-alive,Upgrade", "Keep-Alive, uPGRADE",
    "keep-alive, Upgrade, trace", "keep-alive, trace, Upgrade", "UPGRADE", "keep-alive, upgrade",
)  # fmt: skip
BAD = ("keep-alive", "keep-alive, no-upgrade", "upgrade-later, keep-alive", "No-Upgrade")


def has_upgrade(value: str, wrong: Wrong) -> bool:
    """Is `Upgrade` one of the words?  With a switch for each mistake."""
    word = "Upgrade" if "one case" in wrong else "upgrade"
    value = value if "one case" in wrong else value.lower()
    words = [one.strip() for one in value.split(",")]
    mistaken = {
        "exact": value == word, "letters": word in value, "at the end": value.endswith(word),
        "first word": word in words[:1], "last word": word in words[-1:],
        "spaces": word in value.split(), "comma and space": word in value.split(", "),
        "not stripped": word in value.split(","),
    }  # fmt: skip
    return next((found for switch, found in mistaken.items() if switch in wrong), word in words)


WRONG_IDEAS = {
    "exact_connection_value": WrongIdea("Connection has to be exactly Upgrade",
        "Connection is a list. Firefox sends `keep-alive, Upgrade`, and a proxy may add a word of "
        "its own. Take the list apart, and look for upgrade among its words.",
        "exact; exact, one case"),
    "letters_of_upgrade": WrongIdea(
        "it is enough that the letters of Upgrade are somewhere in Connection",
        "`no-upgrade` has these letters, too, and says something else. Take the list apart at the "
        "commas, and look for the whole word.",
        "letters; letters, one case"),
    "one_case_only": WrongIdea(
        "Upgrade and websocket have to be written with just these capital letters",
        "Both count in any case: `upgrade`, `Upgrade` and `UPGRADE` say the same. Make the value "
        "lower case before you compare it.",
        "one case; exact websocket; one case, exact websocket"),
    "one_separator": WrongIdea("the words of Connection are always separated in the same way",
        "Between two words is a comma. There may be spaces after it, or none, and they belong to "
        "no word. Split at the comma alone, and strip each word.",
        "spaces; comma and space; not stripped"),
    "one_place_in_the_list": WrongIdea("Upgrade stands at a certain place in Connection",
        "The list has no order. Upgrade may be the first word, the last one, or one between "
        "others: look for it among all of them.",
        "at the end; first word; last word"),
}  # fmt: skip
