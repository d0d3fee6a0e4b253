"""Running a lesson in a kernel of its own, and keeping of its outputs what a reader needs.

    one by one    request 1 ▶ reply 1 ▶ request 2 ▶ reply 2 …    as a person does, and nbval
    queued        request 1, 2, 3 … ▶ reply 1, reply 2, …        as "Run All Cells" does

Lesson: none (the course's own files).  Builds on: lesson_rows, lesson_source, nbclient.
What is new here: `queued`.  Whatever breaks a queue of cells (a nested event loop, a task that
never yields) shows there and not one by one.
Left out: widgets' state; a stored notebook shows static figures.
"""

from __future__ import annotations

import copy
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jupyter_client.kernelspec
import nbclient.exceptions
import nbformat
from jupyter_client import manager

from . import lesson_source
from .lesson_rows import LessonError

MAX_SOCKET_PATH = 100  # bytes; systems have 104 or more, and a number is added
WIDGET = "application/vnd.jupyter.widget-view+json"

_OPTIONS: dict[str, Any] = {
    "record_timing": False,
    "store_widget_state": False,
    "coalesce_streams": True,
    "extra_arguments": ["--log-level=ERROR"],  # no warning about TCP without encryption
    "shutdown_kernel": "immediate",
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class CellFailed(LessonError):
    """A cell raised, wrote to stderr, or did not end.  `index` is its place in the notebook."""

    def __init__(self, index: int, text: str) -> None:
        super().__init__(text)
        self.index = index


class _Client(nbclient.NotebookClient):
    """nbclient, in this interpreter's kernel, and with all requests sent first if `queued`."""

    queued = False
    sockets: Mapping[str, str]

    def create_kernel_manager(self) -> manager.KernelManager:
        # Without folders to search, "python3" is the interpreter that runs this, and no kernel of
        # that name which somebody installed.
        specs = jupyter_client.kernelspec.KernelSpecManager(kernel_dirs=[])
        self.km = manager.AsyncKernelManager(
            kernel_name="python3", kernel_spec_manager=specs, **self.sockets
        )
        return self.km

    async def async_execute_cell(
        self, cell: Any, cell_index: int, execution_count: Any = None, store_history: bool = True
    ) -> Any:
        if self.queued and cell.cell_type == "code" and not self.code_cells_executed:
            kernel = self.kc
            assert kernel is not None
            sent = iter([kernel.execute(c.source) for c in self.nb.cells if c.cell_type == "code"])
            kernel.execute = lambda *_, **__: next(sent)  # type: ignore[method-assign]
        return await super().async_execute_cell(cell, cell_index, execution_count, store_history)


def sockets(private: Path) -> dict[str, str]:
    """What a kernel manager is told, so that its kernel listens to files where a system can do so.

    A port that is free when the manager chooses it may be taken when the kernel opens it.
    """
    place = str(private / "kernel")
    long = len(os.fsencode(place)) > MAX_SOCKET_PATH
    return {} if os.name == "nt" or long else {"transport": "ipc", "ip": place}


def environment(private: Path, *, stored: bool = False) -> dict[str, str]:
    """The environment of our kernels: strict, with this very library, without the user's settings.

    `stored`: its outputs are kept, so a widget's figure is drawn as well, and nobody has passed any
    exercise.
    """
    library = str(Path(__file__).parents[3])
    inherited = os.environ.get("PYTHONPATH")
    (private / "matplotlibrc").touch()
    return {
        **os.environ,
        **({"COURSE_KEEPS_FIGURES": "1", "COURSE_PROGRESS": ""} if stored else {}),
        "COURSE_STRICT": "1",  # an exception in a background task fails its cell
        "MATPLOTLIBRC": str(private / "matplotlibrc"),
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_CONFIG_DIR": str(private / "config"),
        "JUPYTER_DATA_DIR": str(private / "data"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "PYTHONPATH": os.pathsep.join([library, *([inherited] if inherited else [])]),
    }


def execute(
    notebook: nbformat.NotebookNode,
    folder: Path,
    *,
    queued: bool = False,
    timeout: float = 60,
    stored: bool = False,
    ended: Callable[[str, float], object] = lambda name, seconds: None,
) -> dict[str, float]:
    """Run all cells in `folder`, put their outputs into `notebook`; seconds of each code cell.

    `stored`: the notebook is kept, with a figure where a person has a widget.  After each cell
    `ended(id, seconds)` is called.  Raises CellFailed.
    """
    seconds: dict[str, float] = {}
    started: list[tuple[int, float]] = [(0, 0.0)]

    def begin(cell: Any, cell_index: int) -> None:
        started[0] = (cell_index, time.perf_counter())

    def end(cell: Any, **_: Any) -> None:
        seconds[cell.id] = time.perf_counter() - started[0][1]
        ended(cell.id, seconds[cell.id])

    where = {"metadata": {"path": str(folder)}}
    hooks: dict[str, Any] = {"on_cell_execute": begin, "on_cell_executed": end}
    client = _Client(notebook, timeout=timeout, resources=where, **hooks, **_OPTIONS)
    client.queued = queued
    metadata = copy.deepcopy(notebook.metadata)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as private:
            client.sockets = sockets(Path(private))
            client.execute(env=environment(Path(private), stored=stored))
    except nbclient.exceptions.CellExecutionError as error:
        raise CellFailed(started[0][0], _COLOUR.sub("", error.traceback)) from None
    except (nbclient.exceptions.CellTimeoutError, nbclient.exceptions.DeadKernelError) as error:
        raise CellFailed(started[0][0], str(error)) from None
    notebook.metadata = metadata  # nbclient adds this interpreter's version, and widgets' state
    clean(notebook)
    return seconds


def clean(notebook: nbformat.NotebookNode) -> None:
    """Keep what a reader sees and a test can compare; CellFailed when a cell wrote to stderr."""
    for index, cell in enumerate(notebook.cells):
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                raise CellFailed(index, f"the cell wrote to stderr:\n{output.text}")
        shown = [output for output in cell.outputs if not _only_a_widget(output)]
        if len(shown) != len(cell.outputs) and lesson_source.IGNORE not in _tags(cell):
            raise CellFailed(index, f"the cell shows a widget: tag it {lesson_source.IGNORE}")
        cell.outputs = shown


def _only_a_widget(output: Any) -> bool:
    """Remove a widget's view, which no other kernel could draw; whether only text is left."""
    data = output.get("data", {})
    return data.pop(WIDGET, None) is not None and not data.keys() - {"text/plain"}


def _tags(cell: Any) -> list[str]:
    tags: list[str] = cell.metadata.get("tags", [])
    return tags
