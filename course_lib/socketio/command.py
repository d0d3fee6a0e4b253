"""`course-lib serve app:io`: serve what a module has.

    course-lib serve app:io --host 0.0.0.0 --port 3000        app.py has:  io = Server()
    course-lib serve app:io --other app:page                  and:  def page(request): ...

    exit code   0 after a signal   1 the port cannot be opened   2 there is no such server

Lesson 09.  Builds on: `serving`.  Used by: the command line, which starts it as a program.
New here: a name is found as Python itself finds modules, from the working directory on.
Left out: starting again when a file changes; several processes.
"""

from __future__ import annotations

import argparse
import importlib
import operator
import sys
from collections.abc import Sequence
from typing import Any

from ..errors import LocalError
from . import serving
from .server import Server


def main(arguments: Sequence[str]) -> int:
    """Serve; return the exit code."""
    parser = argparse.ArgumentParser(
        "course-lib serve", description="Serve a Socket.IO server until Ctrl-C."
    )
    parser.add_argument("server", metavar="MODULE:NAME", help="as in app:io, of the file app.py")
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s; all: 0.0.0.0")
    parser.add_argument("--port", type=int, default=3000, help="default: %(default)s; 0: any")
    parser.add_argument(
        "--other", metavar="MODULE:NAME", help="a function that answers all other requests"
    )
    parser.add_argument(
        "--no-uvloop", dest="uvloop", action="store_false", help="asyncio's own loop"
    )
    given = parser.parse_args(arguments)
    try:
        server = find(given.server)
        if not isinstance(server, Server):
            raise LookupError(f"{given.server} is no Socket.IO server, but {server!r}.")
        other = find(given.other) if given.other is not None else None
        if other is not None and not callable(other):
            raise LookupError(f"{given.other} is no function, but {other!r}.")
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    try:
        uvloop = None if given.uvloop else False
        serving.serve(server, given.host, given.port, other=other, uvloop=uvloop)
    except LocalError as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    return 0


def find(said: str) -> Any:
    """What `module:name` means.  LookupError, with a sentence, if it means nothing."""
    module_name, colon, name = said.partition(":")
    if not (module_name and colon and name):
        raise LookupError(f"{said!r}: write MODULE:NAME, as in app:io.")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if not f"{module_name}.".startswith(f"{error.name}."):
            raise  # the module is there, and misses another one: its traceback says where
        raise LookupError(f"There is no module {error.name}, seen from this folder.") from None
    try:
        return operator.attrgetter(name)(module)
    except AttributeError:
        raise LookupError(f"{module_name} has no {name}.") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
