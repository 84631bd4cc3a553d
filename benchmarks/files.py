"""How fast files are sealed and opened: `python -m benchmarks.files`."""

import time

from complaints.vault.cipher import new_key
from complaints.vault.streams import StreamSealer, open_stream

SIZE = 20 * 1024 * 1024
PIECE = bytes(64 * 1024)  # what Django hands an upload handler
PLACE = "benchmark"


def sealing_rate() -> float:
    """MB a second, sealing and opening 20 MB in memory, as an upload and a download do."""
    key = new_key()
    started = time.perf_counter()
    sealer = StreamSealer(key, place=PLACE)
    sealed = [block for _ in range(SIZE // len(PIECE)) for block in sealer.push(PIECE)]
    sealed += sealer.finish()
    opened = sum(map(len, open_stream(key, sealed, place=PLACE)))
    seconds = time.perf_counter() - started
    if opened != SIZE:
        raise RuntimeError("what was sealed did not open whole")
    return SIZE / 1e6 / seconds


if __name__ == "__main__":
    print(f"{sealing_rate():.0f} MB/s")  # noqa: T201
