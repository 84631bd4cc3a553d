"""What `make lighthouse` runs: Lighthouse on each public page, as production serves it.

On this machine alone, over TLS. The median of five runs, in four categories. Needs Node 20.
"""

import json
import os
import re
import ssl
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

from tools.chromium import FLAGS, MISSING, find_chromium
from tools.observatory import make_certificate, npm_install, running_site

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var" / "lighthouse"
PACKAGE = FOLDER / "node_modules" / "lighthouse"
LIGHTHOUSE = "lighthouse@12.8.2"  # 13 wants a newer Node
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
RUNS, TRIES = 5, 3
# Search engines stay out on purpose; all else holds here too.
UNLISTED = ("/klacht-volgen/", "/klacht-verder/", "/klachtenprocedure/versies/1/")


def main() -> int:
    """Prints the medians of each page; 1 where one is below 100."""
    chromium = find_chromium()
    if chromium is None:
        print(MISSING)
        return 1
    npm_install(LIGHTHOUSE, FOLDER, PACKAGE)
    below = 0
    with TemporaryDirectory(prefix="klachten-lighthouse-", ignore_cleanup_errors=True) as scratch:
        certificate = make_certificate(Path(scratch))
        with running_site(Path(scratch), certificate) as address:
            for path in [*listed(address, certificate), *UNLISTED]:
                below += min(medians(f"https://{address}{path}", chromium)) < 100
    return 1 if below else 0


def listed(address: str, certificate: Path) -> list[str]:
    """The pages of the sitemap."""
    context = ssl.create_default_context(cafile=str(certificate))
    with urlopen(f"https://{address}/sitemap.xml", context=context) as sitemap:
        return re.findall(r"<loc>https?://[^/]+([^<]*)</loc>", sitemap.read().decode())


def medians(url: str, chromium: str) -> list[float]:
    """The median score in each category; prints them, and what cost points in any run."""
    runs = [look(url, chromium) for _ in range(RUNS)]
    scores = [statistics.median(each) for each in zip(*(run[0] for run in runs), strict=True)]
    print(url, *map(round, scores), *sorted(set().union(*(run[1] for run in runs))), flush=True)
    return scores


def look(url: str, chromium: str) -> tuple[list[float], set[str]]:
    """One run: the score in each category, and the audits that cost points."""
    flags = [*FLAGS, "--headless=new", "--ignore-certificate-errors"]
    command = ["node", str(PACKAGE / "cli" / "index.js"), url, "--quiet", "--output=json"]
    command += [f"--chrome-flags={' '.join(flags)}", f"--only-categories={','.join(CATEGORIES)}"]
    if url.endswith(UNLISTED):
        command += ["--skip-audits=is-crawlable"]
    environment = os.environ | {"CHROME_PATH": chromium}
    for _ in range(TRIES):  # now and then it asks to be run again
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE)
        if done.returncode == 0:
            break
    done.check_returncode()
    report: dict[str, Any] = json.loads(done.stdout)
    categories = [report["categories"][name] for name in CATEGORIES]
    weighed = {ref["id"] for each in categories for ref in each["auditRefs"] if ref["weight"]}
    found = {name: report["audits"][name]["score"] for name in weighed}
    cost = {name for name, score in found.items() if score is not None and score < 0.9}
    return [each["score"] * 100 for each in categories], cost


if __name__ == "__main__":
    sys.exit(main())
