"""What went wrong, and what to do about it.

    the last words of pip, venv or the system ──▶ SetupError(what, remedy)

Builds on: nothing.
What is new here: a failure is a pair of cause and remedy.  On the first day a learner knows neither
pip nor virtual environments, so each message ends with something that the learner can do.
Left out: applying a remedy; each changes something outside the folder of the course.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["SetupError", "from_os_error", "from_output"]


class Advice(NamedTuple):
    """What happened, and what the reader can do."""

    what: str
    remedy: str


class SetupError(Exception):
    """The command cannot go on.  `what` happened, and the `remedy` is what the reader can do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}\nWhat to do: {remedy}")
        self.what = what
        self.remedy = remedy


_HASH = Advice(
    "A downloaded package is not the one that the course was tested with (its hash differs).",
    "repeat the command. If it fails again, something between you and the package index changes "
    "files: try another network, or ask whoever runs your index mirror or proxy.",
)
_DISK = Advice(
    "The disk is full.", "free about 1 GB and repeat the command; it repairs what was begun."
)
_READ_ONLY = Advice(
    "A file could not be written.",
    "check that the folder of the course belongs to you, and is not open in another program (on "
    "Windows close JupyterLab and editors); or copy it to your home folder, and repeat.",
)
_CERTIFICATE = Advice(
    "The package index could not prove who it is (its certificate was refused).",
    "check the computer's clock. If your network inspects TLS (companies, schools), set PIP_CERT "
    "to the certificate file that your administrator gives you, and repeat.",
)
_PROXY_LOGIN = Advice(
    "The proxy refused the connection.",
    "set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT as your administrator says, and repeat.",
)
_NETWORK = Advice(
    "The package index could not be reached.",
    "connect to the internet and repeat the command; what was downloaded is kept. Behind a proxy "
    "set HTTPS_PROXY; with a mirror set PIP_INDEX_URL.",
)
_NO_PACKAGE = Advice(
    "The package index has no file of a locked package for this Python and computer.",
    "use Python 3.11 to 3.14 from python's own site or your system (64-bit Windows, macOS or "
    "Linux). If PIP_INDEX_URL or a pip configuration names a mirror, it may lack the package.",
)
_LONG_PATH = Advice(
    "The path of a file became too long for Windows.",
    "move the folder of the course to a short path such as C:\\course, and repeat.",
)
_SEPARATOR = Advice(
    f"The path of the course contains {os.pathsep!r}, which no virtual environment can.",
    f"rename or move the folder so that its path has no {os.pathsep!r}, and repeat.",
)
_NO_VENV = Advice(
    "This Python came without its module `venv`.",
    "install it (Debian and Ubuntu: the package python3-venv) or another Python 3.11 or newer.",
)
_PIP_CONFIG = Advice(
    "pip's own configuration file cannot be read.",
    "correct or remove the file that is named above, and repeat.",
)

# The first pattern that matches wins, so a cause comes before its consequences (after a broken
# connection pip prints "No matching distribution", too).
_KNOWN: tuple[tuple[str, Advice], ...] = (
    (r"DO NOT MATCH THE HASHES|Hashes are required|HashMismatch", _HASH),
    (r"No space left on device|WinError 112|Disk quota exceeded", _DISK),
    (r"Long Path|filename or extension is too long|File name too long", _LONG_PATH),
    (r"contains the PATH separator|contains the path separator", _SEPARATOR),
    (r"No module named '?venv", _NO_VENV),
    (
        r"[Cc]onfiguration file (could not be|contains)|ConfigurationFileCouldNotBeLoaded",
        _PIP_CONFIG,
    ),
    (r"Permission ?[Ee]rror|Permission denied|Read-only file system|WinError (5|32)\b", _READ_ONLY),
    (r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|certificate verify failed", _CERTIFICATE),
    (r"407 Proxy|Proxy Authentication Required|Tunnel connection failed", _PROXY_LOGIN),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|"
        r"Connection (broken|aborted|reset|refused)|Network is unreachable|IncompleteRead|"
        r"ConnectionError|SSLError|HTTP error 5\d\d|5\d\d Server Error|Failed to fetch: `http",
        _NETWORK,
    ),
    (r"No matching distribution found|is not a supported wheel on this platform", _NO_PACKAGE),
)


def from_output(output: str, environ: Mapping[str, str]) -> SetupError:
    """Name the cause of a failure in what pip or venv printed; `environ` tells of a proxy."""
    for pattern, known in _KNOWN:
        if re.search(pattern, output):
            advice = _with_proxy(known, environ) if known is _NETWORK else known
            return SetupError(*advice)
    said = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in said if "error" in line.lower()] or said or ["it said nothing"]
    return SetupError(
        f"The installer failed: {errors[-1]}",
        "repeat the command; it repairs what was begun. If it fails again, ask for help with "
        "the file .venv/setup.log.",
    )


def from_os_error(error: OSError) -> SetupError:
    """Name the cause of a failure that the operating system reported to us."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        known = _DISK
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        known = _READ_ONLY
    elif error.errno == errno.ENAMETOOLONG:
        known = _LONG_PATH
    else:
        return SetupError(
            f"The operating system refused: {error}",
            "copy the course to your home folder and repeat the command there.",
        )
    return SetupError(known.what + where, known.remedy)


def _with_proxy(known: Advice, environ: Mapping[str, str]) -> Advice:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "PIP_PROXY"):
        if environ.get(name):
            return Advice(
                f"{known.what} The variable {name} sends downloads through a proxy.",
                f"check that {name} is right, or unset it, and repeat.",
            )
    return known
