"""Makes `.venv` and installs a lock into it: the one step that runs before anything is installed.

Standard library only, and in the syntax of Python 3.6, so that an old Python can say it is old.
"""

import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

MINIMUM = (3, 11)
ROOT = Path(__file__).resolve().parents[1]
RUN_LOCK = "requirements.txt"
DEV_LOCK = "requirements-dev.txt"  # contains everything in RUN_LOCK, at the same versions
STAMP = "installed.json"


def main(lock, folder):  # type: (str, str) -> None
    """Brings the venv in `folder` up to `lock`; returns at once when it is already there."""
    require_python()
    venv = ROOT / folder
    if not is_installed(venv, lock):
        make_venv(venv)
        install(venv, lock)


def require_python():  # type: () -> None
    ours = tuple(sys.version_info[:2])
    if ours < MINIMUM:
        stop(
            f"This needs Python {dotted(MINIMUM)} or newer; this is {dotted(ours)}. "
            "Install one and name it: make run PYTHON=python3.11"
        )


def dotted(version):  # type: (tuple[int, ...]) -> str
    return f"{version[0]}.{version[1]}"


def stop(line):  # type: (str) -> None
    """Ends the program with one line that says what to do."""
    sys.exit(line)


def is_installed(venv, lock):  # type: (Path, str) -> bool
    return python_of(venv).exists() and stamp_of(venv).get(lock) == digest(lock)


def python_of(venv):  # type: (Path) -> Path
    return venv / "bin" / "python"


def stamp_of(venv):  # type: (Path) -> dict[str, str]
    """The digest of each lock that was installed into `venv`; empty when unknown."""
    try:
        stamp = json.loads((venv / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def digest(lock):  # type: (str) -> str
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def make_venv(venv):  # type: (Path) -> None
    """Makes the venv, or makes it anew where its Python is gone, too old or without pip."""
    if is_usable(python_of(venv)):
        return
    advice = "make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        stop("This Python has no venv module, so it cannot " + advice)
    print(f"Making {venv.name} ...", flush=True)
    finished = run([sys.executable, "-m", "venv", "--clear", str(venv)])
    if finished.returncode != 0:
        stop("This Python could not " + advice)


def is_usable(python):  # type: (Path) -> bool
    if not python.exists():
        return False
    test = f"import pip, sys; sys.exit(sys.version_info < {MINIMUM!r})"
    return run([str(python), "-c", test]).returncode == 0


def run(command):  # type: (list[str]) -> subprocess.CompletedProcess[str]
    """Runs a command with its output kept: people see it only as the reason of a failure."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, str(error))


def install(venv, lock):  # type: (Path, str) -> None
    """Installs the lock by its hashes, then notes that it did."""
    print(f"Installing {lock} (once; about a minute) ...", flush=True)
    pip = [str(python_of(venv)), "-m", "pip", "install", "--quiet", "--no-input"]
    pip += ["--disable-pip-version-check", "--require-hashes"]
    finished = run([*pip, "-r", str(ROOT / lock)])
    if finished.returncode != 0:
        stop(
            f"Installing {lock} failed ({reason(finished.stdout)}). "
            "Check the network connection and run make again."
        )
    write_stamp(venv, lock)


def reason(output):  # type: (str) -> str
    """The line of pip's output that says most: its last error, else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no output"]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines
    return errors[-1].replace("ERROR: ", "")[:200].rstrip(".")


def write_stamp(venv, lock):  # type: (Path, str) -> None
    """Notes the lock; the development lock counts as the other one too."""
    locks = [DEV_LOCK, RUN_LOCK] if lock == DEV_LOCK else [lock]
    stamp = dict(stamp_of(venv), **{name: digest(name) for name in locks})
    part = venv / (STAMP + ".part")
    part.write_text(json.dumps(stamp, indent=1))
    part.replace(venv / STAMP)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ".venv")
    except KeyboardInterrupt:
        stop("Stopped. Run make again to go on.")
