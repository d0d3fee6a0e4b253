"""The doctor finds what is wrong, names it, and says what to do; what can be broken, is."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import http.server
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from course_lib.workshop import (
    doctor,
    doctor_browser,
    doctor_machine,
    doctor_network,
    doctor_packages,
    doctor_place,
    environment,
    locks,
)
from course_lib.workshop.doctor_place import Finding, Place

from . import tiny_checkout

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds: the test machine may be busy, and nobody waits for it
posix = pytest.mark.skipif(os.name == "nt", reason="platform: Windows has no such thing")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A small course in a folder of its own, and the Python that runs the tests."""
    for name in ("pyproject.toml", "requirements.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "notebooks").mkdir()
    environ = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    late = time.monotonic() + PATIENCE
    return Place(tmp_path, Path(sys.executable), environ, deadline=late)


def _but(place: Place, **changes: object) -> Place:
    return dataclasses.replace(place, **changes)  # type: ignore[arg-type]


@pytest.mark.slow
def test_this_computer_can_run_the_lessons() -> None:
    """The tests run on the packages of the course, so every check that a lesson needs is passed."""
    late = time.monotonic() + PATIENCE
    here = _but(doctor_place.here(), python=Path(sys.executable), deadline=late)
    found = dict(doctor.examine(here))
    assert list(found) == [name for name, _ in doctor.CHECKS]
    found.pop("environment")  # of this checkout, which may never have been set up
    failed = {name: finding for name, finding in found.items() if finding.state == "fail"}
    assert failed == {}
    assert found["kernel"].said == "a kernel starts and calculates"
    assert found["browser"].said == "a kernel answers over HTTP and WebSocket"


def test_it_leaves_nothing_behind(place: Place) -> None:
    """No server, no kernel: the file with which a kernel was reached is in a private folder."""
    runtime = Path(place.root / "runtime")
    private = _but(place, environ={**place.environ, "JUPYTER_RUNTIME_DIR": str(runtime)})
    assert doctor_packages.kernel(private) == Finding("ok", "a kernel starts and calculates")
    assert list(runtime.glob("*")) == []


def test_a_checkout_that_is_not_set_up_is_told_so(tmp_path: Path) -> None:
    """`doctor` runs on a bare Python, fails with one remedy, and sets nothing up."""
    index = tiny_checkout.wheels(tmp_path / "index")
    course = tiny_checkout.checkout(tmp_path / "course", index)
    (course.root / "notebooks").mkdir()
    command = [str(course.python), "-I", "-S", "-c", "import sys; sys.path.insert(0, '.');"]
    command[-1] += "from course_lib.workshop import doctor; sys.exit(doctor.main(['--json']))"
    answer = subprocess.run(
        command, cwd=course.root, env=course.environ, capture_output=True, encoding="utf-8"
    )
    assert (answer.returncode, answer.stderr) == (1, "")
    said = json.loads(answer.stdout)
    assert said["ok"] is False
    checks = {check["name"]: check for check in said["checks"]}
    assert list(checks) == [name for name, _ in doctor.CHECKS]
    assert checks["environment"]["state"] == "fail"
    assert checks["environment"]["said"] == "The course is not set up yet: there is no .venv."
    assert checks["environment"]["remedies"] == [f"run {doctor_place.command('setup')}."]
    for name in ("packages", "kernel", "browser"):
        assert checks[name]["said"] == "not checked, because Jupyter is not installed"
    assert not (course.root / ".venv").exists()


def test_the_report_has_a_line_for_each_check_and_remedy(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What fails decides the exit code; a warning does not."""
    checks: list[tuple[str, doctor.Check]] = [
        ("one", lambda place: doctor_place.ok("fine")),
        ("two", lambda place: doctor_place.warn("so so", "do this.", "do that.")),
    ]
    monkeypatch.setattr(doctor_place, "here", lambda: place)
    monkeypatch.setattr(doctor.examine, "__defaults__", (checks,))  # the checks that `main` runs
    assert doctor.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "ok    one          fine",
        "warn  two          so so",
        "                   what to do: do this.",
        "                   what to do: do that.",
    ]
    assert lines[-1].startswith("Ready. (")
    checks.append(("three", lambda place: doctor_place.fail("broken", "mend it.")))
    assert doctor.main([]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("Not ready: three. (")
    assert doctor.main(["--verbose"]) == 2


def test_a_check_that_breaks_or_hangs_is_itself_a_finding(place: Place) -> None:
    """The others are shown all the same, and it ends in time."""
    never = threading.Event()

    def breaks(place: Place) -> Finding:
        raise ZeroDivisionError("oops")

    def hangs(place: Place) -> Finding:
        never.wait()
        return doctor_place.ok("late")

    soon = _but(place, deadline=time.monotonic() + 0.2)
    found = dict(doctor.examine(soon, [("breaks", breaks), ("hangs", hangs)]))
    never.set()
    assert found["breaks"].said == "The check broke: ZeroDivisionError: oops"
    assert found["hangs"] == Finding(
        "warn", "Not known: it took too long.", ("repeat the command.",)
    )


def test_a_python_that_does_not_fit(place: Place) -> None:
    """Too old, too narrow, too new; the versions are those of the locks."""
    assert doctor_machine.python(_but(place, version=(3, 10))).said == "Python 3.10 is too old."
    assert doctor_machine.python(_but(place, bits=32)).state == "fail"
    assert doctor_machine.python(_but(place, version=(3, 15))).state == "warn"
    assert doctor_machine.python(_but(place, version=(3, 14))).state == "ok"
    oldest, newest = doctor_machine.OLDEST, doctor_machine.NEWEST
    admitted = f"python >={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"
    assert f"  - {admitted}\n" in locks.environment_yml("")


def test_a_folder_that_does_not_fit(place: Place) -> None:
    """It is no checkout, or has a path that no virtual environment can have."""
    assert doctor_machine.folder(place).state == "ok"
    elsewhere = doctor_machine.folder(_but(place, root=place.root / "notebooks"))
    assert "is not a checkout of the course" in elsewhere.said
    name = f"a{os.pathsep}b"
    if os.name != "nt":
        odd = place.root.parent / name
        place.root.rename(odd)
        assert "virtual environment" in doctor_machine.folder(_but(place, root=odd)).said


@posix
def test_a_folder_that_cannot_be_written(place: Place) -> None:
    """Some schools hand the course out on a disk that is read only.  Root may write everywhere."""
    code = (
        "import dataclasses, os, pathlib, sys;"
        "from course_lib.workshop import doctor_machine as m, doctor_place as p;"
        "place = dataclasses.replace(p.here(), root=pathlib.Path(sys.argv[1]));"
        "os.geteuid() or os.setuid(65534);"
        "print(*m.folder(place), sep='|')"
    )
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        root = Path(name)
        (root / "notebooks").mkdir()
        (root / "pyproject.toml").touch()
        root.chmod(0o555)
        command = [sys.executable, "-c", code, name]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
        root.chmod(0o755)
    assert answer.stdout.startswith(f"fail|Nothing can be written into {root}: "), answer
    assert "copy the course to your home folder" in answer.stdout


@pytest.mark.parametrize("name", ["notebooks/random.py", "work/notebooks/random.py"])
def test_a_file_that_hides_a_module(name: str, place: Place) -> None:
    """`random.py` beside a notebook, or its copy, breaks every kernel that is started there."""
    assert doctor_machine.names(place) == Finding("ok", "no file hides a module")
    (place.root / name).parent.mkdir(parents=True, exist_ok=True)
    (place.root / name).write_text("", encoding="utf-8")
    (place.root / "my_random.py").write_text("", encoding="utf-8")
    found = doctor_machine.names(place)
    assert found == Finding(
        "fail",
        f"{name}: named like a module that lessons import.",
        (f"rename {name}: `import random` finds it instead.",),
    )


def test_a_full_disk(place: Place) -> None:
    """Before the set-up more is needed than after it."""
    assert doctor_machine.disk(_but(place, free=lambda _: 400_000_000)).state == "ok"
    found = doctor_machine.disk(_but(place, python=None, free=lambda _: 400_000_000))
    assert found.said == "400 MB free, and 700 MB are needed."
    assert doctor_machine.disk(_but(place, free=lambda _: 5_000_000)).state == "fail"
    assert environment.ROOM["learner"] == 700


def test_a_coarse_clock_and_a_wrong_date(place: Place) -> None:
    """Some virtual machines have a clock of 100 ms; a flat battery loses the year."""
    assert doctor_machine.clock(place).state == "ok"
    coarse = doctor_machine.clock(_but(place, clock=lambda: time.monotonic() // 0.05 * 0.05))
    assert (coarse.state, "steps of 50 ms" in coarse.said) == ("warn", True)
    stands = doctor_machine.clock(_but(place, clock=lambda: 7.0))
    assert (stands.state, "steps of 1000 ms" in stands.said) == ("warn", True)
    assert doctor_machine.clock(_but(place, wall=lambda: 1e9)).state == "warn"


@posix
def test_a_locale_that_is_not_utf_8(place: Place) -> None:
    """It is a warning: the lessons open files with UTF-8, whatever the locale."""
    code = (
        "import sys; from course_lib.workshop import doctor_machine as m, doctor_place as p;"
        "f = m.encoding(p.here()); print(f.state, ascii(f.said))"
    )
    settings = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        encoding="utf-8",
    )
    if sys.platform == "darwin":  # whose file names are UTF-8 in every locale
        assert answer.stdout.startswith("ok ")
    else:
        assert answer.stdout.startswith("warn "), answer
        assert "a file's name cannot hold Hangul" in answer.stdout
    assert doctor_machine.encoding(place).state == "ok"


PROXY = "http://mina:secret@proxy.school.example:3128"


def test_a_proxy_that_catches_what_is_meant_for_this_computer(place: Place) -> None:
    """The remedy keeps what no_proxy names already; the password is not shown."""
    environ = {"HTTP_PROXY": PROXY, "no_proxy": "intranet.example,127.0.0.1"}
    found = doctor_network.proxy(_but(place, environ=environ))
    assert found == Finding(
        "warn",
        "http_proxy names proxy.school.example, also for localhost.",
        (
            "set NO_PROXY and no_proxy to intranet.example,127.0.0.1,localhost and start the lab "
            "again.",
        ),
    )


@pytest.mark.parametrize("spared", ["127.0.0.1,localhost", "localhost, 127.0.0.1", "*"])
def test_a_proxy_that_spares_this_computer(spared: str, place: Place) -> None:
    """Then all is well, as it is without a proxy."""
    environ = {"https_proxy": PROXY, "NO_PROXY": spared}
    assert doctor_network.proxy(_but(place, environ=environ)).state == "ok"
    assert doctor_network.proxy(_but(place, environ={"no_proxy": ""})).state == "ok"


def test_a_loopback_that_is_closed(place: Place) -> None:
    """An address that is not this computer's stands for one that a program blocks."""
    assert doctor_network.loopback(place).state == "ok"
    found = doctor_network.loopback(_but(place, loopback="192.0.2.1"))
    assert found.state == "fail"
    assert found.said.startswith("TCP on 192.0.2.1 does not work: ")
    assert len(found.remedies) == 1


@posix
def test_too_few_ports(place: Place) -> None:
    """A process that may open forty files gets no hundred sockets."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40));"
        "from course_lib.workshop import doctor_network as n, doctor_place as p;"
        "print(*n.ports(p.here()), sep='|')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert answer.stdout.startswith("fail|Only "), answer
    assert "ulimit -n" in answer.stdout
    assert doctor_network.ports(place).state == "ok"


@pytest.fixture
def broken(place: Place) -> Callable[..., Place]:
    """A virtual environment that sees all packages, but for files put before them."""

    def build(**files: str) -> Place:
        where = place.root / "venv"
        venv.create(where, symlinks=os.name != "nt")
        python = where / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        [site] = where.rglob("site-packages")
        for name, text in files.items():
            (site / f"{name}.py").write_text(text, encoding="utf-8")
        (site / "others.pth").write_text(
            "".join(f"{path}\n" for path in sys.path if path.endswith("site-packages")), "utf-8"
        )
        return _but(place, python=python)

    return build


def test_a_package_that_cannot_be_imported(broken: Callable[..., Place]) -> None:
    """It is named with its reason, and the environment is to be made anew."""
    found = doctor_packages.packages(broken(socketio="raise ImportError('half a file')"))
    assert found.state == "fail"
    assert "socketio: ImportError: half a file" in found.said
    assert "`" in found.remedies[0]


def test_a_package_that_is_missing_or_another(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is what counts; markers of other systems do not."""
    monkeypatch.setattr(doctor_packages, "IMPORTED", ())
    lock = place.root / "requirements.lock"
    lock.write_text("brick==1.0\npackaging==0.1\nmortar==1.0 ; sys_platform == 'mars'\n", "utf-8")
    found = doctor_packages.packages(place)
    assert (found.state, found.said) == ("fail", "Missing: brick.")
    lock.write_text("packaging==0.1\n", encoding="utf-8")
    found = doctor_packages.packages(place)
    version = importlib.metadata.version("packaging")
    assert found.state == "warn"
    assert found.said.endswith(f": packaging {version} (wanted: ==0.1).")


def test_a_kernel_that_does_not_start(broken: Callable[..., Place]) -> None:
    """The last line that Python said is shown."""
    found = doctor_packages.kernel(broken(ipykernel="raise OSError('no such luck')"))
    assert found.state == "fail"
    assert found.said.startswith("The kernel failed: ")


def test_a_server_that_does_not_start(broken: Callable[..., Place]) -> None:
    """What it said last is shown."""
    found = doctor_browser.browser(broken(jupyter_server="raise ImportError('half a file')"))
    assert found.state == "fail"
    assert found.said.startswith("Jupyter did not start: ")
    assert "half a file" in found.said


def test_a_kernel_of_another_python_is_noticed(broken: Callable[..., Place]) -> None:
    """A kernel named python3 may belong to anything that was ever installed."""
    place = broken()
    folder = place.root / "data" / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]}
    spec |= {"display_name": "Other", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    settings = {"JUPYTER_DATA_DIR": str(place.root / "data"), "JUPYTER_PREFER_ENV_PATH": "0"}
    found = doctor_packages.kernel(_but(place, environ={**place.environ, **settings}))
    assert found.state == "fail"
    assert found.said.startswith("The kernel python3 is another Python than the course's")


def test_every_direct_dependency_is_looked_at() -> None:
    """A package that lessons import is imported by the doctor, too."""
    provided = importlib.metadata.packages_distributions()
    imported = {name.partition(".")[0] for name in doctor_packages.IMPORTED}
    seen = {dist.lower() for name in imported for dist in provided.get(name, [])}
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    asked = tomllib.loads(text)["project"]["optional-dependencies"]["lab"]
    assert {Requirement(line).name.lower() for line in asked} - seen == {"jupyterlab"}


class _Faulty(http.server.BaseHTTPRequestHandler):
    """A server that makes kernels, and spoils what comes after the upgrade as `fault` says."""

    fault = ""
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = b'{"id": "k"}'
        if self.fault == "refuses":
            self.send_response(403)
            body = b""
        else:
            self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.fault == "no upgrade":
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        wrong = self.fault == "wrong accept"
        self.send_header("Sec-WebSocket-Accept", "AAAA" if wrong else accept)
        self.end_headers()
        self.close_connection = True
        if self.fault == "hangs up":
            self.wfile.write(b"\x88\x07\x03\xe8bye!!")
        elif self.fault == "silence":
            self.rfile.read(1 << 20)  # until the doctor leaves

    def log_message(self, format: str, *arguments: object) -> None: ...


@pytest.fixture
def faulty() -> Iterator[doctor_browser.Server]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Faulty) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield doctor_browser.Server("127.0.0.1", server.server_address[1], "t")
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("refuses", "Jupyter does not answer HTTP: status 403 for POST /api/kernels."),
        ("no upgrade", "No WebSocket to the kernel: the answer to the upgrade is 'HTTP/1.1 200 "),
        ("wrong accept", "No WebSocket to the kernel: something between answered the upgrade"),
        ("hangs up", "The WebSocket to the kernel broke: the server hung up: bye!!."),
        ("cut", "The WebSocket to the kernel broke: the connection was cut."),
        ("silence", "The kernel does not answer over WebSocket."),
    ],
)
def test_a_way_to_the_kernel_that_is_blocked(
    fault: str, said: str, faulty: doctor_browser.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs that look into web traffic do each of these."""
    monkeypatch.setattr(_Faulty, "fault", fault)
    patience = 0.5 if fault == "silence" else PATIENCE
    found = doctor_browser.calculate(faulty, time.monotonic() + patience)
    assert found.state == "fail"
    assert found.said.startswith(said)
    assert "WebSocket" in found.remedies[0]
