"""What two machines share: PgBouncer before a database, a Redis, an S3 server, a folder of keys."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
import pytest

from tests.faults.servers import SILENT, Postgres, Site, free_port, listens, new_site, wait_until

NEEDED = ("nginx", "redis-server", "pgbouncer")


def skip_where_something_is_missing() -> None:
    for program in NEEDED:
        if not shutil.which(program):
            pytest.skip(f"no {program}: apt install {' '.join(NEEDED)}")


class Server:
    """A program that listens on a port of its own."""

    def __init__(self, command: list[str], port: int, **given) -> None:
        self.command, self.port, self.given = command, port, given
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, **SILENT | self.given)
        wait_until(lambda: listens(self.port), f"{self.command[0]} listens")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def redis() -> Server:
    port = free_port()
    return Server(["redis-server", "--port", str(port), "--save", "", "--dir", "/tmp"], port)  # noqa: S108 - it writes nothing


def s3() -> Server:
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    return Server(command, port)


def pgbouncer(database: Postgres, folder: Path) -> Server:
    """It gives a connection for one transaction, and few of them to all."""
    port, user = free_port(), database.server.system_user
    conf = folder / "pgbouncer.ini"
    conf.write_text(
        f"[databases]\npostgres = host={database.data} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\npool_mode = transaction\ndefault_pool_size = 8\nmax_client_conn = 500\n"
    )
    conf.chmod(0o644)
    return Server(["pgbouncer", str(conf)], port, user=user, cwd="/")


@contextmanager
def two_machines() -> Iterator[tuple[Site, Site, dict[str, Server]]]:
    """Two sites that hold nothing by themselves; what they share runs, they do not yet."""
    with ExitStack() as ending:
        temporary = TemporaryDirectory(prefix="klachten-faults-", ignore_cleanup_errors=True)
        folder = Path(ending.enter_context(temporary))
        first = new_site("postgres", folder)
        ending.callback(first.database.end)
        folder.chmod(0o755)
        servers = {"redis": redis(), "s3": s3(), "pool": pgbouncer(first.database, folder)}
        for server in servers.values():
            ending.callback(server.kill)
            server.start()
        environment = {
            "DATABASE_URL": f"postgresql://postgres:@127.0.0.1:{servers['pool'].port}/postgres",
            "PGBOUNCER": "1",
            "CACHE_URL": f"redis://127.0.0.1:{servers['redis'].port}/0",
            "FILES_URL": f"s3://klachten?endpoint=http://127.0.0.1:{servers['s3'].port}&region=nl",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "SHARED_KEYS": str(folder),
        }
        bucket(servers["s3"])
        smtp, sites = first.smtp_port, []
        for name in ("one", "two"):
            (folder / name).mkdir()
            site = Site(folder / name, first.database, smtp_port=smtp, **environment)
            ending.callback(site.end)
            sites.append(site)
        yield sites[0], sites[1], servers


def bucket(server: Server) -> None:
    given = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "nl"}
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{server.port}", **given)
    client.create_bucket(Bucket="klachten", CreateBucketConfiguration={"LocationConstraint": "nl"})
