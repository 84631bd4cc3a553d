"""The site behind nginx as deploy/nginx.conf has it; its memory is a small disk."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.faults.servers import SILENT, Site, free_port, listens, wait_until
from tools.nginx import configured


@contextmanager
def nginx(folder: Path, *, port: int, inner: list[int], more: str = "") -> Iterator[None]:
    """Serves what listens on those ports, in turns, until the end of the block."""
    conf, memory = configured(folder, port=port, inner=inner, more=more), folder / "memory"
    with ExitStack() as ending:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", memory], check=True)
        ending.callback(subprocess.run, ["umount", memory], check=True)
        server = subprocess.Popen(["nginx", "-c", conf, "-p", folder], **SILENT)
        ending.callback(server.wait)
        ending.callback(server.terminate)
        wait_until(lambda: listens(port), "nginx listens")
        yield


@contextmanager
def behind_nginx(site: Site, folder: Path, *others: Site) -> Iterator[Path]:
    """Serves these sites on the port of the first, nginx's memory being a small disk; its log."""
    inner, site.port = site.port, free_port()
    try:
        with nginx(folder, port=site.port, inner=[inner, *(other.port for other in others)]):
            yield folder / "klachten.log"
    finally:
        site.port = inner
