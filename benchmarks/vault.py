"""The vault's own figures, measured in one process: reading, rotating, sealing a file.

Prints JSON: seconds to read and open 1,000 complaints, seconds to rotate 10,000 wraps, MB/s of
sealing and of opening a file of 20 MB.
"""

import io
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import django

CASES, WRAPS, FILE_MB = 1_000, 10_000, 20
STORY = "De coach kwam drie keer niet opdagen en belde niet af. " * 45  # 2.5 kB


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def file_cases() -> None:
    from complaints.cases.filing import Filing, file_complaint
    from complaints.questions import Answer, Purpose

    for _ in range(CASES):
        answer = Answer("probleem", "Wat is er gebeurd?", "multiline", STORY, "", Purpose.PROBLEM)
        file_complaint(filing=Filing(secrets.token_bytes(32), [answer], []))


def read_all() -> None:
    """As the desk's search and exports do: every case, its key, its answers."""
    from complaints.cases.contents import open_answers
    from complaints.cases.sealing import case_keys
    from complaints.models.case import Complaint

    cases = list(Complaint.objects.order_by("-filed_at")[:CASES])
    keys = case_keys([case.pk for case in cases])
    if sum(len(open_answers(case, keys[case.pk])) for case in cases) < CASES:
        raise RuntimeError("not all opened")


def add_wraps() -> None:
    from complaints.models.keystore import KeyWrap
    from complaints.vault.holders import ServerHolder
    from complaints.vault.keyring import keyring

    holder = ServerHolder(keyring()[0])
    ids = [uuid4() for _ in range(WRAPS)]
    KeyWrap.objects.bulk_create(
        KeyWrap(
            complaint_id=pk, holder=holder.name, wrapped=holder.wrap(secrets.token_bytes(32), pk)
        )
        for pk in ids
    )


def rotate() -> None:
    from django.core.management import call_command

    call_command("rotate_vault_keys", new=True, stdout=io.StringIO())


def sealing() -> tuple[float, float]:
    """MB/s of sealing and of opening 20 MB in pieces of 64 kB; the best of three."""
    from complaints.vault.streams import StreamSealer, open_stream

    key, plain = secrets.token_bytes(32), os.urandom(FILE_MB * 1024 * 1024)

    def seal() -> Iterator[bytes]:
        sealer = StreamSealer(key, place="bench")
        for at in range(0, len(plain), 65536):
            yield from sealer.push(plain[at : at + 65536])
        yield from sealer.finish()

    sealed = list(seal())
    there = min(seconds(lambda: list(seal())) for _ in "123")
    back = min(seconds(lambda: list(open_stream(key, sealed, place="bench"))) for _ in "123")
    return FILE_MB / there, FILE_MB / back


def main() -> None:
    django.setup()
    file_cases()
    add_wraps()
    sealed, opened = sealing()
    figures = {
        "read": min(seconds(read_all) for _ in range(3)),
        "rotate": seconds(rotate),
        "seal": sealed,
        "open": opened,
    }
    print(json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    main()
