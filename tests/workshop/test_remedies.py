"""The last words of pip, venv and the system, and the remedy that each gets."""

from __future__ import annotations

import errno
import os

import pytest

from course_lib.workshop import remedies

# What the programs print.  tests/workshop/test_environment.py provokes those that it can for real.
SAID = {
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.": "its hash differs",
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": (
        "The disk is full"
    ),
    "OSError: [WinError 112] There is not enough space on the disk": "The disk is full",
    "ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory: "
    "'C:\\\\Users\\\\x'\nHINT: This error might have occurred since this system does not have "
    "Windows Long Path support enabled.": "too long for Windows",
    "Error: Refusing to create a venv in /a:b/.venv because it contains the PATH separator :.": (
        "which no virtual environment can"
    ),
    "/usr/bin/python3: No module named venv": "without its module `venv`",
    "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'": (
        "could not be written"
    ),
    "PermissionError: [WinError 32] The process cannot access the file because it is being used "
    "by another process": "could not be written",
    "OSError: [Errno 30] Read-only file system: '/x/.venv'": "could not be written",
    "WARNING: Retrying after connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: "
    "CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate'))'": (
        "certificate was refused"
    ),
    "connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection "
    "failed: 407 Proxy Authentication Required'))'": "The proxy refused",
    "WARNING: Retrying after connection broken by 'NameResolutionError(...)'\n"
    "ERROR: No matching distribution found for anyio==4.16.0": "could not be reached",
    "ERROR: No matching distribution found for anyio==4.16.0": "no file of a locked package",
}


@pytest.mark.parametrize(("said", "what"), SAID.items())
def test_a_known_cause_is_named(said: str, what: str) -> None:
    """A cause is found before what follows from it."""
    assert what in remedies.from_output(said, {}).what


def test_a_proxy_variable_is_named_when_nothing_is_reached() -> None:
    """A forgotten proxy setting is the likeliest cause, so it is pointed at."""
    said = "connection broken by 'NewConnectionError(...)'"
    error = remedies.from_output(said, {"https_proxy": "http://127.0.0.1:1"})
    assert "https_proxy sends downloads through a proxy" in error.what
    assert "or unset it" in error.remedy


def test_an_unknown_failure_repeats_the_error_line() -> None:
    """It is better than a guess, and the log is named."""
    error = remedies.from_output("Collecting x\nERROR: the moon is full\n\nbye", {})
    assert error.what == "The installer failed: ERROR: the moon is full"
    assert ".venv/setup.log" in error.remedy


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (errno.ENOSPC, "The disk is full. (/x/.venv)"),
        (errno.EACCES, "A file could not be written. (/x/.venv)"),
        (errno.EROFS, "A file could not be written. (/x/.venv)"),
        (errno.ENAMETOOLONG, "The path of a file became too long for Windows. (/x/.venv)"),
        (errno.EIO, "The operating system refused: [Errno 5]"),
    ],
)
def test_what_the_system_refuses_gets_a_remedy_too(number: int, what: str) -> None:
    """These come from our own calls, before pip is there."""
    error = remedies.from_os_error(OSError(number, os.strerror(number), "/x/.venv"))
    assert error.what.startswith(what)
    assert str(error).count("\nWhat to do: ") == 1
