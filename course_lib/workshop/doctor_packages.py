"""The doctor on what is installed: environment, packages, kernel.

    requirements.lock ──▶ the environment's Python ──▶ absent, other version, broken ──▶ Finding
    the extra `lab`, where the package is installed without the course

Builds on: doctor_place, environment, locks.
What is new here: the programs below run on the Python that lessons run on; the doctor's own Python,
which may be bare, only reads what they print.
Left out: repairs; `setup` makes them.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys

from . import environment, locks
from .doctor_place import INSTALL, Answer, Finding, Place, again, ask, command, fail, ok, warn

__all__ = ["IMPORTED", "NOT_SET_UP", "SLOW", "installed", "kernel", "packages"]

# The import names of the learner's direct dependencies, and our own library.  JupyterLab takes
# seconds to import, so the check looks for its page; `doctor_browser` starts its server.
IMPORTED: tuple[str, ...] = ("ipykernel", "ipywidgets", "nest_asyncio", "socketio", "aiohttp")
IMPORTED += ("matplotlib.pyplot", "PIL", "pygments", "anywidget", "traitlets", "course_lib")
_LOCK = environment.LOCKS["learner"]
_PAGE = "share/jupyter/lab/static/index.html"

NOT_SET_UP = "not checked, because Jupyter is not installed"
SLOW = (
    "repeat the command while nothing else is running: the first start after a set-up is the "
    "slowest. If it stays, tell the antivirus program to leave the folder of the course alone."
)

_COMPARE = """
import importlib, importlib.metadata, json, os, platform, sys
pins, modules, page = json.load(sys.stdin)
count, absent, other, broken = 0, [], [], []
try:
    from packaging.requirements import Requirement
except ImportError:
    absent, pins = ["packaging"], []
for pin in pins:
    wanted = Requirement(pin)
    if wanted.marker and not wanted.marker.evaluate():
        continue
    count += 1
    try:
        found = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        absent.append(wanted.name)
        continue
    if not wanted.specifier.contains(found, prereleases=True):
        other.append(f"{wanted.name} {found} (wanted: {wanted.specifier})")
for module in modules:
    try:
        importlib.import_module(module)
    except BaseException as error:
        broken.append(f"{module}: {type(error).__name__}: {error}")
if not os.path.isfile(os.path.join(sys.prefix, page)):
    broken.append(f"jupyterlab: there is no {page}")
print()
print(json.dumps([count, platform.python_version(), absent, other, broken]))
"""

_START = """
import json, sys
from jupyter_client.manager import start_new_kernel
seconds = float(sys.argv[1])
manager, client = start_new_kernel(startup_timeout=seconds)
said = []
def hear(message):
    said.append(message["content"].get("text", ""))
try:
    code = "import sys; print([6 * 7, ascii(sys.prefix)])"
    client.execute_interactive(code, timeout=seconds, output_hook=hear)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
print()
print(json.dumps(["".join(said).strip(), str([42, ascii(sys.prefix)]), ascii(sys.prefix)]))
"""


def installed(place: Place) -> Finding:
    """Does .venv agree with the lock?"""
    if place.installed:
        return ok(f"no .venv; the library runs on {sys.executable}")
    if not (place.root / _LOCK).is_file():
        return fail(f"The file {_LOCK} is missing.", f"restore it with `git checkout {_LOCK}`.")
    lacks = environment.need("learner", place.root)
    if lacks is None:
        return ok(".venv is as requirements.lock wants it")
    own = environment.environment_python(place.root)
    if place.python is not None and place.python != own and not own.exists():
        return ok(f"no .venv; the lessons run on {place.python}")
    if not own.parent.parent.exists():
        return fail("The course is not set up yet: there is no .venv.", f"run {command('setup')}.")
    return fail(f".venv is not ready: {lacks.reason}.", f"run {command('setup')}.")


def packages(place: Place) -> Finding:
    """Is every locked package there, in its version, and can those the lessons use be imported?"""
    if place.installed and place.python is None:
        return warn(
            "The library alone is installed. Notebooks, figures and panels need the extra `lab`.",
            f"run `{INSTALL}`.",
        )
    if place.python is None or not (place.installed or (place.root / _LOCK).is_file()):
        return warn(NOT_SET_UP)
    pins = _of_extra() if place.installed else locks.pins((place.root / _LOCK).read_text("utf-8"))
    answer = ask(place, ["-c", _COMPARE], json.dumps([pins, IMPORTED, _PAGE]))
    if answer.code != 0:
        return _unanswered(place, "importing the packages", answer)
    count, python, absent, other, broken = json.loads(answer.out.splitlines()[-1])
    if absent:
        few = ", ".join(absent[:4]) + (f" and {len(absent) - 4} more" if len(absent) > 4 else "")
        return fail(f"Missing: {few}.", again(place))
    if broken:
        return fail(f"Cannot be imported: {'; '.join(broken)}.", again(place))
    if other:
        few = ", ".join(other[:4]) + (f" and {len(other) - 4} more" if len(other) > 4 else "")
        return warn(f"Other versions than the course was tested with: {few}.", again(place))
    which = "packages of the extra `lab`" if place.installed else "locked packages"
    return ok(f"{count} {which}, Python {python}")


def _of_extra() -> list[str]:
    """What the extra `lab` of the installed package asks for."""
    asked = importlib.metadata.requires("course-lib") or []
    return [line.partition(";")[0] for line in asked if line.endswith('extra == "lab"')]


def kernel(place: Place) -> Finding:
    """Does a kernel start, answer, and run on the Python of the course?"""
    if place.python is None:
        return warn(NOT_SET_UP)
    answer = ask(place, ["-c", _START, str(place.remaining())])
    if answer.code != 0:
        return _unanswered(place, "the kernel", answer)
    said, wanted, own = json.loads(answer.out.splitlines()[-1])
    if said == wanted:
        return ok("a kernel starts and calculates")
    if said.startswith("[42, "):
        return fail(
            f"The kernel python3 is another Python than the course's ({own}).",
            "remove the kernel that was installed under this name: `jupyter kernelspec list` shows "
            "its folder.",
        )
    return fail(f"The kernel answered {said!r}.", again(place))


def _unanswered(place: Place, what: str, answer: Answer) -> Finding:
    if answer.code is None:
        return warn(f"Not known: {what} took too long.", SLOW)
    return fail(f"{what[0].upper()}{what[1:]} failed: {answer.last}", again(place))
