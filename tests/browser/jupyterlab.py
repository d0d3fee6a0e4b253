"""A JupyterLab of its own and a hand to work it with: open, run all, look, take pictures.

The server is started as `make lab` starts it, on copies as `make lab` lays them, but in private
folders: it neither reads a person's settings nor saves into the repository.  Selectors are those of
JupyterLab 4.6.
"""

from __future__ import annotations

import json
import math
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Locator, Page, expect

from course_lib.lab.authoring import lesson_run
from course_lib.workshop import commands, copies

PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
CELL = f"{PANEL} .jp-Notebook .jp-Cell"
TAB = "#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current"
OUTPUT = f"{PANEL} .jp-OutputArea-output"
COMPLAINT = f'{OUTPUT}[data-mime-type="application/vnd.jupyter.stderr"]'  # tracebacks, too

SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},  # a picture shows it all
}
TALL = 2000  # pixels of one picture of a notebook


@dataclass(slots=True)
class Server:
    """A running JupyterLab; `close()` ends it by its process id."""

    process: subprocess.Popen[bytes]
    url: str
    token: str
    root: Path
    log: Path

    def notebook(self, name: str) -> str:
        return f"{self.url}lab/tree/{name}?token={self.token}&reset"

    def kernels(self) -> list[dict[str, Any]]:
        """Each running kernel: `execution_state`, and `connections`, the pages that see it."""
        return [session["kernel"] for session in self._ask("GET", "api/sessions")]

    def stop_kernels(self) -> None:
        """Forget every notebook that was opened before; the next one begins to count at 1."""
        for session in self._ask("GET", "api/sessions"):
            self._ask("DELETE", f"api/sessions/{session['id']}")

    def _ask(self, method: str, path: str) -> Any:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}{path}", headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=15) as answer:
            return json.loads(answer.read() or b"null")

    def close(self) -> None:
        """Ask it to stop, which ends its kernels too; make it, if it does not."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(private: Path, course: Path) -> Server:
    """Lay the copies of `course`, and serve those of the lessons."""
    copies.lay(course, private / "root")
    return serve(private, private / "root" / "notebooks")


def serve(private: Path, root: Path, **environ: str) -> Server:
    """Start a server on this folder at a free port, and wait until it answers.

    `environ` is added to what its kernels are started with.
    """
    log = private / "server.log"
    settings = private / "config" / "lab" / "user-settings"
    for name, values in SETTINGS.items():
        package, _, plugin = name.partition(":")
        path = settings / package / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += commands.jupyterlab_options(root)
    for name in ("assignment_list", "course_list", "formgrader", "validate_assignment"):
        # nbgrader is there for its own test; a learner has not installed it
        command.append(f"--ServerApp.jpserver_extensions=nbgrader.server_extensions.{name}=False")
    # Else JupyterLab starts a type checker for each notebook where npm has installed one.
    command += ["--LanguageServerManager.autodetect=False"]
    command += ["--KernelManager.autorestart=False", f"--IdentityProvider.token={token}"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=lesson_run.environment(private) | environ, stdout=out, stderr=out
        )
    server = Server(process, "", token, root, log)
    try:
        server.url = _address(server, private / "runtime" / f"jpserver-{process.pid}.json")
    except BaseException:
        server.close()
        raise
    return server


def _address(server: Server, info: Path, patience: float = 60.0) -> str:
    """The address that the server wrote down when it began to listen."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            url = str(json.loads(info.read_text(encoding="utf-8"))["url"])
            urllib.request.urlopen(f"{url}api", timeout=5).close()
            return url
        except (OSError, ValueError):
            time.sleep(0.1)
    tail = server.log.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise RuntimeError(f"JupyterLab did not start:\n{tail}")


def open_notebook(server: Server, page: Page, name: str) -> None:
    """Show the notebook; wait for all of its cells and for a kernel of its own."""
    server.stop_kernels()
    page.goto(server.notebook(name))
    _ready(server, page, name, kernels=1)


def open_another(server: Server, page: Page, name: str) -> None:
    """Show one more notebook in the same page; the others keep their kernels."""
    kernels = len(server.kernels()) + 1
    menu(page, "File", "Open from Path…")
    page.locator(".jp-Dialog input").fill(name)
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    _ready(server, page, name, kernels)


def _ready(server: Server, page: Page, name: str, kernels: int) -> None:
    """Wait for all cells of this notebook, and for this many kernels that pages see."""
    cells = json.loads((server.root / name).read_text(encoding="utf-8"))["cells"]
    expect(page.locator(TAB)).to_contain_text(Path(name).name, timeout=60_000)
    expect(page.locator(CELL)).to_have_count(len(cells), timeout=60_000)
    choose = page.locator(".jp-Dialog button.jp-mod-accept")  # "Select Kernel"
    deadline = time.monotonic() + 60
    # The indicator says "idle" before there is a kernel, too, and cells run then run nothing.
    while sum(_seen(kernel) for kernel in server.kernels()) < kernels:
        if choose.count():
            choose.first.click()
        assert time.monotonic() < deadline, "the notebook has no kernel"
        page.wait_for_timeout(200)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")


def _seen(kernel: dict[str, Any]) -> bool:
    return bool(kernel["connections"]) and kernel["execution_state"] == "idle"


def run_all(page: Page, *, seconds: float = 90.0) -> None:
    """Clear what is stored, run all cells, wait until the last has its number and all is idle."""
    clear(page)
    menu(page, "Run", "Run All Cells")
    _wait(page, len(prompts(page)), seconds)


def run_through(server: Server, page: Page, name: str, cell: str, *, seconds: float = 90.0) -> None:
    """Clear what is stored and run the cells down to the code cell with this id."""
    cells = json.loads((server.root / name).read_text(encoding="utf-8"))["cells"]
    index = [each["id"] for each in cells].index(cell)
    clear(page)
    page.locator(CELL).nth(index + 1).locator(".jp-InputPrompt").click()
    menu(page, "Run", "Run All Above Selected Cell")
    _wait(page, sum(each["cell_type"] == "code" for each in cells[: index + 1]), seconds)


def clear(page: Page) -> None:
    """Numbers and outputs that are seen afterwards are those of this kernel."""
    menu(page, "Edit", "Clear Outputs of All Cells")
    assert set(prompts(page)) == {"[ ]:"}


def _wait(page: Page, count: int, seconds: float) -> None:
    """Wait for this many code cells; AssertionError as soon as one complains."""
    deadline = time.monotonic() + seconds
    # A cell that fails cancels those after it, and the last one never gets its number.
    while (now := prompts(page))[count - 1] != f"[{count}]:":
        assert not errors(page), "\n".join(errors(page))
        assert time.monotonic() < deadline, f"not finished: {now}"
        page.wait_for_timeout(200)
    idle = page.locator(f'{PANEL} .jp-Notebook-ExecutionIndicator[data-status="idle"]')
    expect(idle).to_be_visible(timeout=60_000)


def menu(page: Page, name: str, item: str) -> None:
    """Choose from JupyterLab's menu bar."""
    page.get_by_role("menuitem", name=name, exact=True).click()
    entry = page.get_by_role("menuitem", name=item, exact=True)
    entry.hover()  # the menu takes the entry that it has seen the pointer on
    expect(entry).to_have_class(re.compile("lm-mod-active"))
    entry.click()
    expect(page.locator(".lm-Menu")).to_have_count(0)


def theme(page: Page, name: str) -> None:
    """Choose "JupyterLab Dark" or "JupyterLab Light"; the server keeps it for later pages."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    submenu = page.locator('.lm-Menu-item[data-type="submenu"]').filter(has_text="Theme").first
    submenu.hover()
    submenu.click()  # it may have missed the pointer
    entry = page.get_by_role("menuitem", name=name, exact=True)
    entry.hover()
    expect(entry).to_have_class(re.compile("lm-mod-active"))
    entry.click()
    light = "true" if name.endswith("Light") else "false"
    expect(page.locator(f'body[data-jp-theme-light="{light}"]')).to_be_attached(timeout=60_000)
    expect(page.locator(".lm-Menu")).to_have_count(0)


def prompts(page: Page) -> list[str]:
    """What stands in front of each code cell: `[3]:`, or `[*]:` while it waits."""
    return page.locator(f"{PANEL} .jp-CodeCell .jp-InputPrompt").all_inner_texts()


def errors(page: Page) -> list[str]:
    """Tracebacks and everything that was written to stderr."""
    return page.locator(COMPLAINT).all_inner_texts()


def figures(page: Page) -> Locator:
    """The pictures in outputs."""
    return page.locator(f"{OUTPUT} img")


def chat_pages(page: Page) -> list[str]:
    """Addresses on this computer that the notebook's outputs link to or embed, each once."""
    links = page.locator(f"{OUTPUT} a[href], {OUTPUT} iframe[src]")
    found = links.evaluate_all("all => all.map(e => e.href || e.src)")
    return list(
        dict.fromkeys(u for u in found if re.match(r"http://(127\.0\.0\.1|localhost):\d", u))
    )


def chat_frame(page: Page) -> Frame:
    """The chat page inside the notebook."""
    handle = page.locator(f"{OUTPUT} iframe").first.element_handle(timeout=60_000)
    frame = handle.content_frame()
    assert frame is not None
    return frame


def picture(page: Page, folder: Path, name: str) -> list[Path]:
    """The whole notebook as PNG files, `NAME-1.png` and on, for a person to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    scroller = page.locator(f"{PANEL} .jp-WindowedPanel-outer")
    page.set_viewport_size({"width": 1200, "height": TALL})
    tall = scroller.evaluate("e => e.clientHeight")
    last = page.locator(CELL).last.evaluate("e => e.getBoundingClientRect().bottom")
    top = scroller.evaluate("e => e.getBoundingClientRect().top - e.scrollTop")
    pages = math.ceil((last - top) / tall)  # below the last cell there is blank space to scroll
    files = []
    for number in range(pages):
        scroller.evaluate("(e, top) => { e.scrollTop = top }", number * tall)
        page.wait_for_timeout(150)  # one paint
        files.append(folder / f"{name}-{number + 1}.png")
        page.screenshot(path=files[-1])
    return files


def pictures_folder(otherwise: Path) -> Path:
    """`$SCREENSHOTS`, if somebody wants to look."""
    return Path(os.environ.get("SCREENSHOTS") or otherwise)
