"""The vault's own figures, measured in one process: reading, rotating, sealing a file.

Run in our scratch site, after the desk filled it. Prints JSON: seconds to read and open 1,000
complaints, seconds to rotate 10,000 wraps and to cover as many anew, MB/s of sealing and of opening
a file of 20 MB.
"""

import io
import json
import os
import secrets
import time
from collections.abc import Callable

import django

CASES, WRAPS, FILE_MB = 1_000, 10_000, 20


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def read_all() -> None:
    """As the desk's search and exports do: every case, its key, its answers."""
    from complaints.cases.contents import open_answers
    from complaints.cases.sealing import case_keys
    from complaints.models.case import Complaint

    cases = list(Complaint.objects.order_by("-filed_at")[:CASES])
    keys = case_keys([case.pk for case in cases])
    if sum(len(open_answers(case, keys[case.pk])) for case in cases) < CASES:
        raise RuntimeError("not all opened")


def rotate() -> float:
    """Seconds for as many wraps as WRAPS, from the time all there are took."""
    from django.core.management import call_command

    from complaints.models.keys_and_files import KeyWrap

    there = KeyWrap.objects.count()
    took = seconds(lambda: call_command("rotate_vault_keys", new=True, stdout=io.StringIO()))
    return took * WRAPS / there


def cover() -> float:
    """Seconds to lay a new erasure key around WRAPS values, as after each erasure."""
    from complaints.cases.forgetting import cover_anew
    from complaints.vault.keyring import ERASURE

    ERASURE.add()
    start = time.perf_counter()
    number = cover_anew()
    return (time.perf_counter() - start) * WRAPS / number


def sealing() -> tuple[float, float]:
    """MB/s of sealing and of opening 20 MB in pieces of 64 kB; the best of three."""
    from complaints.vault.cipher import StreamSealer, open_stream

    key, plain = secrets.token_bytes(32), os.urandom(FILE_MB * 1024 * 1024)

    def seal() -> list[bytes]:
        sealer = StreamSealer(key, place="bench")
        pieces = (plain[at : at + 65536] for at in range(0, len(plain), 65536))
        return [block for piece in pieces for block in sealer.push(piece)] + [*sealer.finish()]

    sealed = b"".join(seal())
    there = min(seconds(seal) for _ in "123")
    unseal = lambda: list(open_stream(key, io.BytesIO(sealed), place="bench"))  # noqa: E731
    back = min(seconds(unseal) for _ in "123")
    return FILE_MB / there, FILE_MB / back


def main() -> None:
    django.setup()
    sealed, opened = sealing()
    figures = {
        "read": min(seconds(read_all) for _ in range(3)),
        "rotate": rotate(),
        "cover": cover(),
        "seal": sealed,
        "open": opened,
    }
    print(json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    main()
