"""nginx as deploy/nginx.conf has it, but without TLS and on ports of its own: to try it here."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AROUND = """daemon off; user root; pid {folder}/pid; error_log {folder}/errors.log;
events {{ worker_connections 1000; }}
http {{ include /etc/nginx/mime.types; {more}
{conf}
}}
"""


def configured(folder: Path, *, port: int, inner: list[int], more: str = "") -> Path:
    """Writes what nginx is to read; its memory and its logs lie in the folder."""
    conf = Path(ROOT, "deploy/nginx.conf").read_text()
    conf = re.sub(r"server \{\s*listen 80;.*?\n\}\n", "", conf, flags=re.DOTALL)
    conf = re.sub(r"\n\s*listen \[::\][^\n]*", "", conf)
    conf = re.sub(r"\n\s*ssl_[^;]*;", "", conf).replace("443 ssl http2", f"127.0.0.1:{port}")
    conf = conf.replace("http://127.0.0.1:8000", "http://klachten_web")
    conf = conf.replace("/run/klachten-nginx", f"{folder}/memory")
    conf = conf.replace("/var/log/nginx", str(folder)).replace("/srv/klachten", str(folder))
    each = "".join(f"server 127.0.0.1:{number} max_fails=0; " for number in inner)
    more += f" upstream klachten_web {{ {each}}}"
    written = folder / "nginx.conf"
    written.write_text(AROUND.format(folder=folder, more=more, conf=conf))
    (folder / "memory").mkdir()
    return written
