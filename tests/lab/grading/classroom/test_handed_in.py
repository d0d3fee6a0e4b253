"""What an LMS gives, and what learners hand in: each file gets to its learner, whatever it is."""

from __future__ import annotations

import io
import os
import random
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab.grading.classroom import archives, files, owners
from course_lib.lab.grading.classroom.owners import Owner

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="platform: needs POSIX's file names")
NOTE = "01_short_polling.ipynb"
SMALL = b'{"cells": []}'
LARGEST = 1000


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("Kim Minji_123_assignsubmission_file_" + NOTE, Owner("Kim Minji", "123", NOTE)),
        ("김 민지_7_assignsubmission_file_답 1.ipynb", Owner("김 민지", "7", "답 1.ipynb")),
        ("Participant_9_assignsubmission_file_a.ipynb", Owner("Participant", "9", "a.ipynb")),
        ("kimminji_4711_90001_" + NOTE, Owner("kimminji", "4711", NOTE)),
        ("kimminji_LATE_4711_90001_" + NOTE, Owner("kimminji", "4711", NOTE, True)),
        ("kimminji_4711_90001_01_x-1.ipynb", Owner("kimminji", "4711", "01_x-1.ipynb")),
        ("anon_x7Kq2_90001_" + NOTE, Owner("anon_x7Kq2", "", NOTE)),
        ("LATE_anon_x7Kq2_90001_" + NOTE, Owner("anon_x7Kq2", "", NOTE, True)),
        ("kim minji_" + NOTE, Owner("kim minji", "", NOTE)),
        ("Kim Minji - p1_x (1).ipynb", Owner("Kim Minji", "", "p1_x (1).ipynb")),
        ("kim_20241234_" + NOTE, Owner("kim_20241234", "", NOTE)),
        (NOTE, None),
        ("_" + NOTE, None),
        ("homework.ipynb", None),
        ("a" * 300 + "_" + NOTE, None),
    ],
)
def test_the_name_of_a_file_says_whose_it_is(name: str, owner: Owner | None) -> None:
    """In the forms of Moodle, of Canvas, and of people."""
    assert owners.of_file(name) == owner


def test_the_name_of_a_folder_is_the_learner() -> None:
    """Moodle's has a number, and a word for the kind of submission, in every language the same."""
    assert owners.of_folder("Kim Minji_123_assignsubmission_file") == Owner("Kim Minji", "123")
    assert owners.of_folder("Kim Minji_123_assignsubmission_file_") == Owner("Kim Minji", "123")
    for name in ("kim minji", "kim_4711_90001_x", "01_x", "C:\\Users\\kim"):
        assert owners.of_folder(name) == Owner(name)


def _zip(*members: tuple[str, bytes], **options: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", options.pop("way", zipfile.ZIP_DEFLATED)) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def _flags(data: bytes, flag: int) -> bytes:
    """The archive with this flag set in each header."""
    out = bytearray(data)
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = -1
        while (start := data.find(mark, start + 1)) >= 0:
            [old] = struct.unpack_from("<H", out, start + at)
            struct.pack_into("<H", out, start + at, old | flag)
    return bytes(out)


def _renamed(old: bytes, new: bytes) -> bytes:
    """An archive in which a name has other bytes, of the same length, and no encoding is named."""
    assert len(old) == len(new)
    return _zip((old.decode(), SMALL)).replace(old, new)


def _link(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/passwd")
    return out.getvalue()


HANGUL = "민지.ipynb"
BOMB = _zip((NOTE, bytes(5_000_000)))
# The file of a learner kim, and what must come of it: labels of notebooks, and words of a problem.
ODD: dict[str, tuple[str, bytes, list[str], str]] = {
    "a notebook": (NOTE, SMALL, [NOTE], ""),
    "handed in twice": ("01_short_polling-1.ipynb", SMALL, ["01_short_polling-1.ipynb"], ""),
    "renamed by a browser": (NOTE + ".txt", SMALL, [NOTE + ".txt"], ""),
    "renamed by a mail program": (NOTE + ".json", SMALL, [NOTE + ".json"], ""),
    "in capitals": ("01_X.IPYNB", SMALL, ["01_X.IPYNB"], ""),
    "too large": (NOTE, bytes(LARGEST + 1), [], "Clear its outputs"),
    "a page": ("01_short_polling.html", b"<p>", [], "no notebook (there is 01_short"),
    "another archive": ("work.7z", b"7z", [], "no notebook (there is work.7z)"),
    "a text": ("answer.py", b"x = 1", [], "no notebook (there is answer.py)"),
    "an archive": ("a.zip", _zip(("exercises/" + NOTE, SMALL)), [f"a.zip/exercises/{NOTE}"], ""),
    "an archive of Windows": ("a.zip", _zip(("work\\b.ipynb", SMALL)), ["a.zip/work/b.ipynb"], ""),
    "of macOS": ("a.zip", _zip((NOTE, SMALL), ("__MACOSX/._" + NOTE, b"x")), [f"a.zip/{NOTE}"], ""),
    "with checkpoints": (
        "a.zip", _zip((NOTE, SMALL), (f".ipynb_checkpoints/{NOTE}", b"x")), [f"a.zip/{NOTE}"], "",
    ),
    "the same name twice": (
        "a.zip", _zip(("a/1.ipynb", SMALL), ("b/1.ipynb", SMALL)),
        ["a.zip/a/1.ipynb", "a.zip/b/1.ipynb"], "",
    ),
    "out of the folder": ("a.zip", _zip((f"../../{NOTE}", SMALL)), [f"a.zip/{NOTE}"], ""),
    "from the root": ("a.zip", _zip((f"/etc/{NOTE}", SMALL)), [f"a.zip/etc/{NOTE}"], ""),
    "from a drive": ("a.zip", _zip((f"C:\\{NOTE}", SMALL)), [f"a.zip/C:/{NOTE}"], ""),
    "a link": ("a.zip", _link(NOTE), [f"a.zip/{NOTE}"], ""),
    "a control character": ("a.zip", _zip(("\x1b[2J.ipynb", SMALL)), ["a.zip/\\x1b[2J.ipynb"], ""),
    "markup": ("a.zip", _zip(("<b>.ipynb", SMALL)), ["a.zip/<b>.ipynb"], ""),
    "a long name": ("a.zip", _zip(("x" * 60_000 + ".ipynb", SMALL)), [], "no notebook"),
    "many folders": ("a.zip", _zip(("a/" * 9000 + NOTE, SMALL)), [f"a.zip/{'a/' * 9}{NOTE}"], ""),
    "Hangul without a word on it": (
        "a.zip", _renamed(b"??????.ipynb", HANGUL.encode()), [f"a.zip/{HANGUL}"], "",
    ),
    "Hangul of a Korean Windows": (
        "a.zip", _renamed(b"????.ipynb", HANGUL.encode("cp949")), [f"a.zip/{HANGUL}"], "",
    ),
    "an accent of a Western Windows": (
        "a.zip", _renamed(b"?tude.ipynb", "étude.ipynb".encode("cp437")), ["a.zip/étude.ipynb"], "",
    ),
    "no archive": ("a.zip", b"hello", [], "a.zip: is no zip archive that can be read"),
    "an empty file": ("a.zip", b"", [], "a.zip: is no zip archive that can be read"),
    "an empty archive": ("a.zip", _zip(), [], "no notebook (there is a.zip)"),
    "cut off": ("a.zip", _zip((NOTE, SMALL))[:-30], [], "is no zip archive that can be read"),
    "damaged": (
        "a.zip", _zip((NOTE, SMALL), way=zipfile.ZIP_STORED).replace(SMALL, SMALL[::-1], 1), [],
        f"a.zip/{NOTE}: is damaged in its archive",
    ),
    "with a password": ("a.zip", _flags(_zip((NOTE, SMALL)), 1), [], "needs a password"),
    "packed in a rare way": (
        "a.zip", _zip((NOTE, SMALL), way=zipfile.ZIP_LZMA), [], "pack it as an ordinary zip",
    ),
    "a bomb": ("a.zip", BOMB, [], f"a.zip/{NOTE}: has more than 1,000 bytes"),
    "many that are small": (
        "a.zip", _zip(*((f"{n}.ipynb", bytes(900)) for n in range(10))), [],
        "a.zip: has more than 5,000 bytes when it is unpacked",
    ),
    "a bomb in an archive": ("a.zip", _zip(("b.zip", BOMB)), [], "b.zip: has more than 1,000"),
    "an archive in an archive": (
        "a.zip", _zip(("b.zip", _zip((NOTE, SMALL)))), [], "an archive in an archive was left out",
    ),
}  # fmt: skip


def test_there_are_more_than_thirty_odd_inputs() -> None:
    """Each is handed in three times below: in a folder, by its name, and in an LMS's archive."""
    assert len(ODD) > 30


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "UNPACKED", 5_000)


def _into_a_folder(top: Path, name: str, data: bytes) -> Path:
    (top / "kim").mkdir()
    (top / "kim" / name).write_bytes(data)
    return top


def _by_its_name(top: Path, name: str, data: bytes) -> Path:
    (top / f"kim_4711_90001_{name}").write_bytes(data)
    return top


def _in_an_archive(top: Path, name: str, data: bytes) -> Path:
    path = top / "class.zip"
    path.write_bytes(_zip((f"kim_4711_assignsubmission_file/{name}", data)))
    return path


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("way", [_into_a_folder, _by_its_name, _in_an_archive])
@pytest.mark.parametrize("kind", ODD)
def test_an_odd_file_gets_to_its_learner_and_nowhere_else(
    tmp_path: Path, kind: str, way: Callable[[Path, str, bytes], Path]
) -> None:
    """Its notebooks are found, or a sentence says why not; nothing is written beside the room."""
    name, data, labels, said = ODD[kind]
    (tmp_path / "class").mkdir()
    (tmp_path / "room").mkdir()
    (tmp_path / "class" / "lee").mkdir()
    given = way(tmp_path / "class", name, data)
    before = sorted(tmp_path.rglob("*"))
    found = files.find(given, tmp_path / "room", largest=LARGEST)
    kim = found.learners[0]
    assert kim.name == "kim"
    if len(data) > LARGEST and name.endswith(".zip") and way is _in_an_archive:
        labels, said = [], "has more than 1,000 bytes"  # the archive is too large for a member
    assert [one.label for one in kim.notebooks] == labels
    assert all(one.path.is_file() for one in kim.notebooks)
    assert any(said in problem for problem in kim.problems) if said else kim.problems == []
    assert bool(kim.refused) == bool(said)
    copies = {path.parent for path in {*tmp_path.rglob("*")} - {*before}}
    assert copies <= {tmp_path / "room"}
    used = sum(path.stat().st_size for path in (tmp_path / "room").iterdir())
    assert used <= files.UNPACKED + 2 * LARGEST


FOLDERS = [
    ("Moodle", "Kim_1_assignsubmission_file/a.ipynb", "Lee_2_assignsubmission_file/a.ipynb"),
    ("Moodle, flat", "Kim_1_assignsubmission_file_a.ipynb", "Lee_2_assignsubmission_file_a.ipynb"),
    ("Canvas", "Kim_1_90001_a.ipynb", "Lee_LATE_2_90002_a.ipynb"),
    ("people", "Kim_01_a.ipynb", "Lee - 01_a.ipynb"),
    ("archives", "Kim.zip", "Lee_01_a.zip"),
    ("folders", "Kim/a.ipynb", "Lee/work/exercises/a.ipynb"),
]  # fmt: skip


@pytest.mark.parametrize("packed", ["folder", "archive", "wrapped"])
@pytest.mark.parametrize("names", FOLDERS, ids=lambda names: names[0])
def test_a_class_is_sorted_as_a_folder_and_as_an_archive(
    tmp_path: Path, names: tuple[str, str, str], packed: str
) -> None:
    """Also if the whole folder was packed once more, and beside files that are nobody's."""
    room, top = tmp_path / "room", tmp_path / "class"
    room.mkdir()
    top.mkdir()
    data = _zip(("a.ipynb", SMALL))
    members = [(name, data if name.endswith(".zip") else SMALL) for name in names[1:]]
    if packed == "folder":
        for name, content in members:
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_bytes(content)
    else:
        top = tmp_path / "class.zip"
        prefix = "반 1/" * (packed == "wrapped")
        top.write_bytes(_zip(*((prefix + name, content) for name, content in members)))
    if packed == "wrapped" and names[0] == "archives":
        members[0] = ("", b"")  # then nothing says that the folder is no learner
        assert [one.name for one in files.find(top, room).learners] == ["반 1"]
        return
    found = files.find(top, room)
    assert [(one.name, len(one.notebooks)) for one in found.learners] == [("Kim", 1), ("Lee", 1)]
    late = ["late, as Canvas says: a.ipynb"] if names[0] == "Canvas" else []
    assert [one.problems for one in found.learners] == [[], late]


def test_several_files_of_one_learner_come_together(tmp_path: Path) -> None:
    """By number and name; two learners of one name are told apart by their numbers."""
    for name in ("Kim_1_90001_01_a.ipynb", "Kim_1_90002_02_b.ipynb", "Kim_2_90003_01_a.ipynb"):
        (tmp_path / name).write_bytes(SMALL)
    (tmp_path / "Kim").mkdir()
    (tmp_path / "Kim" / "p1_c.ipynb").write_bytes(SMALL)
    (tmp_path / "Kim_p2_d.ipynb").write_bytes(SMALL)
    found = files.find(tmp_path, tmp_path)
    assert {one.name: [handed.label for handed in one.notebooks] for one in found.learners} == {
        "Kim": ["p1_c.ipynb", "p2_d.ipynb"],
        "Kim (1)": ["01_a.ipynb", "02_b.ipynb"],
        "Kim (2)": ["01_a.ipynb"],
    }


def test_a_class_in_one_more_folder_is_suspected(tmp_path: Path) -> None:
    """Else all notebooks would count for one learner, the best of them."""
    for name in ("반 1/kim/01_a.ipynb", "반 1/lee/01_a.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(SMALL)
    [said] = files.find(tmp_path, tmp_path).problems
    assert said == "only 반 1, with several folders: are they learners? Then grade those"
    assert files.find(tmp_path / "반 1", tmp_path).problems == []
    (tmp_path / "반 1" / "02_b.ipynb").write_bytes(SMALL)
    assert files.find(tmp_path, tmp_path).problems == []


def test_a_file_of_nobody_is_named_and_the_others_are_sorted(tmp_path: Path) -> None:
    """Also in an archive; a list of the class in the folder is no submission."""
    data = [("01_a.ipynb", SMALL), ("list.csv", b"a,b"), ("kim_01_a.ipynb", SMALL)]
    (tmp_path / "class.zip").write_bytes(_zip(*data))
    found = files.find(tmp_path / "class.zip", tmp_path)
    assert [one.name for one in found.learners] == ["kim"]
    assert found.problems == [
        "01_a.ipynb belongs to nobody: put it into a folder named for its learner"
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello", "is no zip archive"),
        (_zip(), "each learner needs one"),
        (_zip(("01_a.ipynb", SMALL)), "01_a.ipynb belongs to nobody"),
        (_zip(("kim/a.ipynb", bytes(6_000)), ("lee/a.ipynb", bytes(6_000))), "more than 10,000"),
    ],
)
def test_an_archive_that_is_no_class_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, said: str
) -> None:
    """With a sentence."""
    monkeypatch.setattr(files, "CLASS", 10_000)
    (tmp_path / "class.zip").write_bytes(data)
    with pytest.raises(LocalError, match=said):
        files.find(tmp_path / "class.zip", tmp_path)


def test_too_many_members_are_refused_before_any_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of a million names takes little room in an archive."""
    monkeypatch.setattr(archives, "MEMBERS", 3)
    (tmp_path / "a.zip").write_bytes(_zip(*((f"{n}.ipynb", SMALL) for n in range(4))))
    with pytest.raises(LocalError, match="more than 3 files"):
        archives.Room(tmp_path).unpack(tmp_path / "a.zip", largest=100, total=1000)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_no_damage_to_an_archive_stops_the_run(tmp_path: Path) -> None:
    """Bytes are changed, cut and doubled; what comes is a list, or a LocalError."""
    chance = random.Random(4)
    members = ((NOTE, SMALL * 9), ("b/c.ipynb", b"x" * 99), ("d.zip", _zip(("e.ipynb", b"y"))))
    whole = _zip(*members)
    opened = 0
    for n in range(600):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if n % 3 == 0:
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(40)] = data[: chance.randrange(40)]
        (tmp_path / "a.zip").write_bytes(data)
        room = tmp_path / str(n)
        room.mkdir()
        try:
            archives.Room(room).unpack(tmp_path / "a.zip", largest=1000, total=3000)
            opened += 1
        except LocalError:
            assert list(room.iterdir()) == []
    assert 100 < opened < 600


@POSIX
def test_no_link_at_the_top_leads_out(tmp_path: Path) -> None:
    """Neither a notebook nor an archive of somebody else is read by way of a link."""
    top = tmp_path / "class"
    top.mkdir()
    (tmp_path / "secret.zip").write_bytes(_zip((NOTE, SMALL)))
    (top / "kim.zip").symlink_to(tmp_path / "secret.zip")
    (top / f"lee_{NOTE}").symlink_to(tmp_path / "secret.zip")
    os.mkfifo(top / "park.zip")
    found = files.find(top, tmp_path)
    assert [(one.name, one.notebooks) for one in found.learners] == [
        ("kim", []), ("lee", []), ("park", [])]  # fmt: skip
    assert ["link" in one.problems[0] for one in found.learners] == [True, True, False]
