"""A Debian of its own: real systemd in namespaces of its own, on packages fetched once.

Made with debootstrap from where this machine gets its Debian packages, as its own apt says; the
Python packages come the way its own pip gets them. Once it runs it has no network but itself.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(tempfile.gettempdir()) / "klachten-deploy"
MEMORY = Path("/dev/shm")  # noqa: S108 - a disk that need not last past the test
WHEELS = "/var/cache/wheels"
CLEAN = ("systemd-sysv", "dbus")  # what every Debian has that was not made for a container
FETCHED = (
    *("python3", "python3-venv", "ca-certificates", "postgresql", "postgresql-client"),
    *("openssl", "certbot", "nginx", "logrotate"),
)
PATIENCE = 90
PATHS = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BOOT = """set -e
mount --make-rprivate /
mount -t overlay overlay -o lowerdir={base},upperdir={own}/upper,workdir={own}/work {root}
cd {root}
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for folder in run tmp dev; do mount -t tmpfs tmpfs $folder -o mode=755; done
chmod 1777 tmp
for device in null zero full random urandom tty; do
    touch dev/$device; mount --bind /dev/$device dev/$device
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mkdir -p .before
pivot_root . .before  # and no chroot, in which systemd could make no users of its own
exec env -i container=other {paths} chroot . sh -c 'umount -l /.before; exec /sbin/init'
"""
FETCH = """set -e
mount --make-rprivate /
mount -t overlay overlay -o lowerdir={base},upperdir={own}/upper,workdir={own}/work {root}
mount -t proc proc {root}/proc
mount --bind {wheels} {root}/mnt
cp /etc/resolv.conf {root}/etc/
cp {certificates} {root}/tmp/machine.pem
exec env -i {paths} DEBIAN_FRONTEND=noninteractive chroot {root} /bin/sh -ec '{inside}'
"""
INSIDE = """
apt-get -qq install --yes --no-install-recommends python3-venv >/dev/null
python3 -m venv /tmp/fetch
/tmp/fetch/bin/pip --cert /tmp/machine.pem download -q {index} --no-deps --require-hashes \
    --only-binary :all: -d /mnt -r /tmp/requirements.txt
"""


class Machine:
    """One Debian. It is gone, with all that runs on it, when it is stopped."""

    def __init__(self, suite: str) -> None:
        self.base = base_of(suite)
        self.own = Path(tempfile.mkdtemp(prefix=f"klachten-{suite}-", dir=MEMORY))
        self.root = self.own / "root"
        for name in ("upper", "work", "root"):
            (self.own / name).mkdir()
        units = self.own / "upper/etc/systemd/system"
        units.mkdir(parents=True)
        for name in ("systemd-modules-load.service", "modprobe@.service"):
            (units / name).symlink_to("/dev/null")  # the kernel is another's
        self.process: subprocess.Popen[bytes] | None = None

    def boot(self) -> None:
        script = BOOT.format(base=self.base, own=self.own, root=self.root, paths=PATHS)
        new = ["--mount", "--net", "--pid", "--cgroup", "--ipc", "--uts"]
        command = ["unshare", *new, "--fork", "--kill-child", "sh", "-c", script]
        silent = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        with (self.own / "boot.log").open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, start_new_session=True, **silent)
        until = time.monotonic() + PATIENCE
        while "running" not in (state := self.try_("systemctl", "is-system-running").stdout):
            assert time.monotonic() < until, f"{state} {(self.own / 'boot.log').read_text()}"
            if "degraded" in state:  # a new site has still things to do, and says so
                failed = self.run("systemctl", "--failed", "--plain", "--no-legend")
                assert not failed.partition("klachten-selfcheck.service")[0], failed
                return
            time.sleep(0.3)

    def stop(self) -> None:
        """As pulling the plug: its first process dies, and all others with it."""
        assert self.process is not None
        if (init := self._init()) is not None:
            os.kill(init, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        self.stop()
        shutil.rmtree(self.own)

    def _init(self) -> int | None:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        found = children.read_text().split() if children.exists() else []
        return int(found[0]) if found else None

    def enter(self, *what: str) -> list[str]:
        """The words before a command that has it run in these namespaces of this machine."""
        return ["nsenter", "--target", str(self._init() or 0), *what, "--"]

    def try_(self, *command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        inside = self.enter("--all", "--root", "--wd")
        return subprocess.run(
            [*inside, "env", "-i", PATHS, "HOME=/root", *command],
            input=text,
            stdin=None if text is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
        )

    def run(self, *command: str, text: str | None = None) -> str:
        done = self.try_(*command, text=text)
        assert done.returncode == 0, f"{command}: {done.stdout}"
        return done.stdout

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        self.run("sh", "-c", f"cat > {path} && chmod {mode:o} {path}", text=text)

    def copy_in(self, source: Path, path: str) -> None:
        """A folder of this machine, without what is made while working on it."""
        left_out = ["--exclude=.git", "--exclude=.venv", "--exclude=./var", "--exclude=*_cache"]
        tar = subprocess.Popen(["tar", "c", *left_out, "."], cwd=source, stdout=subprocess.PIPE)
        into = [*self.enter("--all", "--root", "--wd"), "tar", "x", "--no-same-owner", "-C", path]
        self.run("mkdir", "-p", path)
        subprocess.run(into, stdin=tar.stdout, check=True)
        assert tar.wait() == 0


def base_of(suite: str) -> Path:
    """A clean Debian with nothing installed that is not on every one, and packages to install."""
    lock = (ROOT / "requirements.txt").read_bytes()
    made_of = hashlib.sha256(lock + repr((CLEAN, FETCHED)).encode()).hexdigest()[:12]
    base = CACHE / f"{suite}-{made_of}"
    if not (base / "complete").exists():
        shutil.rmtree(base, ignore_errors=True)
        debian = base / "debian"
        debian.mkdir(parents=True)
        debootstrap(suite, debian)
        fetch_debian(debian)
        fetch_python(base, debian)
        (base / "complete").touch()
    return base / "debian"


def debootstrap(suite: str, debian: Path) -> None:
    (CACHE / "archives").mkdir(exist_ok=True)
    main, _ = mirrors()
    options = ["--variant=minbase", f"--cache-dir={CACHE / 'archives'}"]
    options.append(f"--include={','.join(CLEAN)}")
    _run(["debootstrap", *options, suite, str(debian), main])
    lines = [f"deb {main} {suite} main", f"deb {main} {suite}-updates main"]
    lines += [f"deb {site} {suite}-security main" for site in mirrors()[1:] if site]
    (debian / "etc/apt/sources.list").write_text("\n".join([*lines, ""]))
    acquire = [x for x in _run(["apt-config", "dump", "Acquire"]).splitlines() if "Index" not in x]
    (debian / "etc/apt/apt.conf.d/99machine").write_text("\n".join([*acquire, ""]))


def mirrors() -> tuple[str, str]:
    """Where this machine's apt finds Debian, and its security updates."""
    told = _run(["apt-get", "indextargets", "--format", "$(SITE) $(LABEL)"]).splitlines()
    sites = {label: site for site, _, label in (line.partition(" ") for line in told)}
    return sites["Debian"], sites.get("Debian-Security", "")


def fetch_debian(debian: Path) -> None:
    """Packages into apt's own cache, so that apt installs them later without a network."""
    (debian / "etc/resolv.conf").write_text(Path("/etc/resolv.conf").read_text())
    inside = ["chroot", str(debian), "apt-get", "-qq"]
    _run([*inside, "update"])
    options = ["install", "--yes", "--no-install-recommends", "--download-only"]
    _run([*inside, *options, *FETCHED])
    (debian / "etc/resolv.conf").write_text("")


def fetch_python(base: Path, debian: Path) -> None:
    """The wheels of the lock for this Debian's Python, by its hashes."""
    own = base / "fetch"
    for name in ("upper/tmp", "work", "root"):
        (own / name).mkdir(parents=True)
    (debian / WHEELS[1:]).mkdir()
    shutil.copy(ROOT / "requirements.txt", own / "upper/tmp")
    told = dict(
        line.partition("=")[::2]
        for line in _run(["python3", "-m", "pip", "config", "list"]).split()
    )
    index = told.get("global.index-url", "").strip("'")
    certificates = told.get("global.cert", "'/etc/ssl/certs/ca-certificates.crt'").strip("'")
    inside = INSIDE.format(index=f"--index-url {index}" if index else "")
    names = {"base": debian, "own": own, "root": own / "root", "wheels": debian / WHEELS[1:]}
    script = FETCH.format(**names, paths=PATHS, certificates=certificates, inside=inside)
    _run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script])
    shutil.rmtree(own)
    (debian / "etc/pip.conf").write_text(f"[global]\nno-index = true\nfind-links = {WHEELS}\n")


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-3000:]}"
    return done.stdout
