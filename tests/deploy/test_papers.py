"""What is written about running the site is there; the container does what the server does."""

import os
import re
import sys
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
import yaml
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy" / "systemd"
RUNNING = (ROOT / "docs/running.md").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
CONTAINERFILE = (ROOT / "Containerfile").read_text()


@pytest.fixture
def installer(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "deploy"))
    import installer

    monkeypatch.setattr("shutil.chown", lambda *_: None)  # the site's user is not here
    yield installer
    for name in ("installer", "upgrade", "checker"):
        sys.modules.pop(name, None)


def started_by(unit: str) -> list[str]:
    """The words after Python with which systemd starts it."""
    line = re.search(r"(?m)^ExecStart=(.*)$", (UNITS / f"{unit}.service").read_text())[1]
    program, *words = line.split()
    assert program == "/opt/klachten/current/.venv/bin/python"
    return words


def test_each_command_and_path_of_running_is_there(installer):
    said = re.findall(r"`([^`\n]+)`", RUNNING)
    commands = [text for text in said if re.match(r"(sudo )?klachten [a-z]", text)]
    assert len(commands) >= 6
    for text in commands:
        assert text.removeprefix("sudo ").split()[1] in get_commands(), text
    for text in [text for text in said if "deploy/install" in text or "deploy/check" in text]:
        program = text.removeprefix("sudo ").split()[0]
        if not program.startswith("/opt/"):
            assert (ROOT / program).stat().st_mode & 0o111, text
        for option in re.findall(r"--[a-z]+", text):
            assert f'"{option}"' in (ROOT / "deploy/installer.py").read_text(), text
        for steps in re.findall(r"--only (\S+)", text):
            assert {*steps.split(",")} <= {*installer.STEPS}, text
    files = [text for text in said if re.fullmatch(r"(docs|deploy|compose|\.env\.)[\w/.-]+", text)]
    assert files
    assert [text for text in files if not (ROOT / text).exists()] == []
    known = {str(value) for value in vars(installer).values() if isinstance(value, Path)}
    known |= {"/etc/nginx/conf.d", "/var/log/nginx", "/root"}
    for text in said:
        if re.fullmatch(r"/(opt|etc|var|root)/\S+", text):
            assert any(text.startswith(each) for each in known), text
    units = {path.name.partition(".")[0] for path in UNITS.iterdir()}
    assert {*re.findall(r"klachten-(?:web|worker|selfcheck)", RUNNING)} <= units
    for name in re.findall(r"`([A-Z]+_[A-Z_]+)`", RUNNING):
        assert f"{name}=" in (ROOT / ".env.example").read_text(), name


def test_the_container_starts_what_systemd_starts():
    web = re.search(r"(?m)^CMD (.*)$", CONTAINERFILE)[1]
    words = yaml.safe_load(web)
    bind = words.index("--bind")
    assert [*words[1:bind], *words[bind + 2 :]] == started_by("klachten-web")
    assert COMPOSE["worker"]["command"][1:] == started_by("klachten-worker")
    assert "command" not in COMPOSE["web"]
    assert "USER klachten" in CONTAINERFILE


def test_the_container_is_made_by_the_installers_own_steps(installer):
    built = re.search(r"deploy/install --only (\S+)", CONTAINERFILE)[1].split(",")
    _, only, begun = COMPOSE["setup"]["command"]
    assert only == "--only"
    steps = [*built, *begun.split(",")]
    order = [step for step in installer.STEPS if step in steps]
    assert steps == order
    left = {*installer.STEPS} - {*steps}
    assert left == {"units", "certificate", "nginx", "start", "account"}
    assert {*installer.QUESTIONS} <= {*COMPOSE["setup"]["environment"]}


def test_no_container_writes_outside_its_volumes_or_may_become_more():
    for name in ("setup", "web", "worker", "nginx"):
        service = COMPOSE[name]
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service.get("user", "") not in {"0", "root"}
    used = {volume.split(":")[0] for each in COMPOSE.values() for volume in each["volumes"]}
    named = yaml.safe_load((ROOT / "compose.yaml").read_text())["volumes"]
    assert used - {"./tls"} == {*named}
    assert "tmpfs /run/klachten-nginx" in (ROOT / "deploy/nginx.conf").read_text()


def test_it_asks_what_no_file_says_and_an_empty_answer_is_the_usual(
    installer, monkeypatch, tmp_path
):
    """Five questions, of which two have no usual answer; nothing is asked with nobody there."""
    asked = []
    typed = iter(["", "https://Klachten.Example.org/", "Stichting", "", "", "/srv/backups"])
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or next(typed))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(installer, "ENVIRONMENT", tmp_path / "environment")
    for name in installer.QUESTIONS:
        monkeypatch.delenv(name, raising=False)
    given = installer.answers(None, must_know=True)
    assert len(asked) == 6
    assert [*given.values()][2:] == [
        *("https://Klachten.Example.org/", "Stichting"),
        *("smtp://localhost:25", "here", "/srv/backups"),
    ]
    installer.environment(given)
    written = installer.pairs_in(tmp_path / "environment")
    assert (tmp_path / "environment").stat().st_mode & 0o137 == 0
    assert written["ALLOWED_HOSTS"] == "klachten.example.org"
    assert written["BASE_URL"] == "https://klachten.example.org"
    assert len(written["SECRET_KEY"]) >= 50
    again = installer.answers(None, must_know=False)
    assert (again["DATABASE_URL"], again["BACKUP_TO"]) == ("here", "/srv/backups")
    (tmp_path / "environment").unlink()
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(installer.Failed, match="No answer for ADDRESS"):
        installer.answers(None, must_know=True)
    for wrong in ('"smtp://a"', "'x'", "smtp://a\nDEBUG=1", "a\u2028SECRET_KEY=x"):
        monkeypatch.setenv("EMAIL_URL", wrong)
        with pytest.raises(installer.Failed, match="EMAIL_URL must be on one line"):
            installer.answers(None, must_know=False)
    for wrong in ("klachten", "klachten.example.org/pad", "a b.nl", "x;y.nl"):
        with pytest.raises(installer.Failed, match="is no address"):
            installer.environment(given | {"ADDRESS": wrong})


def test_nginx_listens_on_ipv6_if_there_and_counts_by_network(installer, monkeypatch, tmp_path):
    """Where the kernel has none, nginx would not start; of IPv6 one home has 2^64 addresses."""
    (tmp_path / "environment").write_text("BASE_URL=https://klachten.example.org\n")
    written = tmp_path / "klachten.conf"
    monkeypatch.setattr(installer, "ENVIRONMENT", tmp_path / "environment")
    monkeypatch.setattr(installer, "CURRENT", ROOT)
    monkeypatch.setattr(installer, "SITE_OF_NGINX", written)
    for has_any, listens in ((True, 2), (False, 0)):
        monkeypatch.setattr(installer, "has_ipv6", lambda has_any=has_any: has_any)
        installer.proxy({"UPSTREAM": "web:8000"})
        assert written.read_text().count("listen [::]:") == listens
        assert len(re.findall(r"listen \d+", written.read_text())) == 2
    monkeypatch.undo()
    monkeypatch.setattr("socket.create_server", Mock(side_effect=OSError(97, "not supported")))
    assert not installer.has_ipv6()
    monkeypatch.undo()
    counts = re.search(r"map \$binary_remote_addr .*?\n\}", written.read_text(), re.DOTALL)[0]
    shapes = [each.replace("(?<", "(?P<") for each in re.findall(r'"~(.*)" ', counts)]

    def network(address):
        """By what nginx counts somebody at that address; its expressions go over bytes too."""
        packed = ip_address(address).packed
        (found,) = filter(None, (re.search(shape.encode(), packed) for shape in shapes))
        return found[1]

    assert network("192.0.2.1") == network("192.0.2.10") == bytes((192, 0, 2))
    assert network("10.0.10.10") == bytes((10, 0, 10))
    assert network("2001:db8::1") == network("2001:db8:0:0:ffff:a0a:a0a:a0a")
    assert network("2001:db8:0:a0a::1") == bytes.fromhex("20010db800000a0a")
    assert len({network(f"2001:db8:{each}::1") for each in ("0:1", "0:2", "1", "1:1")}) == 4


def test_what_others_may_change_or_read_of_the_settings_is_said_with_how_to_mend_it(
    installer, monkeypatch, tmp_path
):
    import checker

    mine = SimpleNamespace(pw_uid=os.getuid(), pw_gid=os.getgid())
    monkeypatch.setattr(checker.pwd, "getpwnam", lambda _name: mine)
    file = tmp_path / "environment"
    assert "is gone" in next(checker.private(file, "root", 0o640))
    file.touch()
    for mode, is_right in ((0o640, True), (0o600, True), (0o660, False), (0o644, False)):
        file.chmod(mode)
        assert (not [*checker.private(file, "root", 0o640)]) == is_right, oct(mode)
    file.chmod(0o640)
    for other in ({"pw_uid": os.getuid() + 1}, {"pw_gid": os.getgid() + 1}):
        wrong = SimpleNamespace(**vars(mine) | other)
        monkeypatch.setattr(checker.pwd, "getpwnam", lambda _name, wrong=wrong: wrong)
        (said,) = checker.private(file, "root", 0o640)
        assert f"chown root:klachten {file}; chmod 640 {file}" in said


def test_root_follows_no_link_that_the_sites_user_put_there(installer, monkeypatch, tmp_path):
    """A site that was broken into would else be given any folder, or have any file written over."""
    var, elsewhere = tmp_path / "var", tmp_path / "etc"
    for folder in (var, elsewhere):
        folder.mkdir(mode=0o755)
    monkeypatch.setattr(installer, "attempt", lambda *_: SimpleNamespace(returncode=0))
    for name, value in {"VAR": var, "CONFIG": tmp_path / "own", "LOCK": var / "lock"}.items():
        monkeypatch.setattr(installer, name, value)
    given = {"BACKUP_TO": "none"}
    installer.user(given)
    assert (var / "files").stat().st_mode & 0o777 == 0o700
    for name in ("files", "lock"):
        (var / name).rename(tmp_path / name)
        (var / name).symlink_to(elsewhere if name == "files" else elsewhere / "made")
        with pytest.raises((installer.Failed, OSError)):
            installer.user(given)
        (var / name).unlink()
    assert elsewhere.stat().st_mode & 0o777 == 0o755
    assert not list(elsewhere.iterdir())
    assert 'open("w' not in (ROOT / "deploy/upgrade.py").read_text(), "see TemporaryFile"


def test_the_tools_of_the_database_get_its_password_as_it_is_and_on_no_command_line(
    installer, monkeypatch, tmp_path
):
    import upgrade

    ran = []
    (tmp_path / "environment").write_text("DATABASE_URL=postgresql://me:p%40s%2Fs@host/name\n")
    monkeypatch.setattr(upgrade, "ENVIRONMENT", tmp_path / "environment")
    monkeypatch.setattr(upgrade, "run", lambda *words, **how: ran.append((words, how["env"])))
    upgrade.database_tool("pg_dump")
    ((words, secret),) = ran
    assert secret["PGPASSWORD"] == "p@s/s"
    assert "postgresql://me@host/name" in words
    assert "p%40s" not in " ".join(words)
