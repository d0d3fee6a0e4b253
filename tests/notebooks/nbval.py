"""nbval in a process of its own: the stored outputs against those of a new kernel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from course_lib.lab.authoring import lesson_build, lesson_run

# Pixels depend on fonts and on the version of matplotlib.  A figure's alternative text and its
# table of data stand beside it in the same output, and are compared.
PIXELS = (r"data:image/png;base64,[A-Za-z0-9+/=]+", "PIXELS")


def run(notebook: Path, private: Path) -> subprocess.CompletedProcess[str]:
    """Compare every cell that is not tagged nbval-ignore-output; 0 when they say the same."""
    varying = {**lesson_build.VARYING, "pixels": PIXELS}
    sanitize = private / "sanitize.cfg"
    sanitize.write_text(
        "".join(
            f"[{name}]\nregex: {regex}\nreplace: {replacement}\n\n"
            for name, (regex, replacement) in varying.items()
        ),
        encoding="ascii",  # nbval opens it in the locale's encoding
    )
    settings = private / "nbval.ini"
    settings.write_text("[pytest]\n", encoding="ascii")  # and not those of this repository
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.no_iri", "-p", "nbval.plugin"]
    command += ["-p", "no:cacheprovider"]
    command += ["-c", str(settings), f"--rootdir={private}", str(notebook), "--nbval"]
    command += ["--nbval-current-env", "--nbval-cell-timeout=60"]
    command += [f"--nbval-sanitize-with={sanitize}"]
    environment = lesson_run.environment(private) | {"PYTHONUTF8": "1", "NO_COLOR": "1"}
    environment["COURSE_PROGRESS"] = ""  # as when the outputs were stored
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # half a second of imports
    return subprocess.run(
        command, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False
    )
