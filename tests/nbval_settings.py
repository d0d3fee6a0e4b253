"""`pytest --nbval NOTEBOOK` needs no more options: nbval runs notebooks as they were built.

    conftest.py ──▶ here ──▶ nbval's options, and the environment of its kernels

Builds on: lesson_build, lesson_run.
What is new here: ports and pixels are sanitized, the kernel is the Python that runs pytest and
listens to files, and a reader's own settings and passed exercises change nothing.  Options that
are typed are kept.
"""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

import pytest

# Pixels depend on fonts and on the version of matplotlib.  A figure's alternative text and its
# table of data stand beside it in the same output, and are compared.
PIXELS = (r"data:image/png;base64,[A-Za-z0-9+/=]+", "PIXELS")


def pytest_configure(config: pytest.Config) -> None:
    """Give nbval what is not given on the command line."""
    option = config.option
    if not getattr(option, "nbval", False) and not getattr(option, "nbval_lax", False):
        return
    import jupyter_client.manager
    import nbval.kernel  # type: ignore[import-untyped]

    from course_lib.lab.authoring import lesson_build, lesson_run

    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    private = Path(folder.name)
    nbval.kernel.KernelManager = functools.partial(
        jupyter_client.manager.KernelManager, **lesson_run.sockets(private)
    )
    os.environ.update(lesson_run.environment(private) | {"COURSE_PROGRESS": ""})
    if option.nbval_kernel_name is None:
        option.nbval_current_env = True
    if option.nbval_sanitize_with is None:
        option.nbval_sanitize_with = str(private / "sanitize.cfg")
        varying = {**lesson_build.VARYING, "pixels": PIXELS}
        (private / "sanitize.cfg").write_text(
            "".join(
                f"[{name}]\nregex: {regex}\nreplace: {replacement}\n\n"
                for name, (regex, replacement) in varying.items()
            ),
            encoding="ascii",  # nbval opens it in the locale's encoding
        )
