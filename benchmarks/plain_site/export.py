"""Wagtail's own export of as many submissions as our site has complaints. Prints JSON."""

import json
import sys
from collections.abc import Iterable

import django

from benchmarks.export import in_own_process, take

SUBMISSIONS = 10_000
STORY = "De coach kwam drie keer niet opdagen en belde niet af. " * 20
KINDS = ("csv", "xlsx")


def submit() -> None:
    """The submissions, with the texts that `seed_complaints` gives ours; and who exports them."""
    from django.contrib.auth import get_user_model
    from wagtail.contrib.forms.models import FormSubmission

    from benchmarks.plain_site.models import FormPage

    page = FormPage.objects.get()
    data = {"probleem": STORY, "naam": "Fien Verzonnen"}
    rows = (FormSubmission(page=page, form_data=data) for _ in range(SUBMISSIONS))
    FormSubmission.objects.bulk_create(rows, batch_size=1000)
    get_user_model().objects.create_superuser("root", email="root@example.org")


def export(kind: str) -> Iterable[bytes]:
    from django.contrib.auth import get_user_model
    from django.test import Client

    from benchmarks.plain_site.models import FormPage

    client = Client(HTTP_HOST="localhost")
    client.force_login(get_user_model().objects.get(username="root"))
    answer = client.get(f"/admin/forms/submissions/{FormPage.objects.get().pk}/?export={kind}")
    return answer.streaming_content if answer.streaming else [answer.content]  # type: ignore[attr-defined]


if __name__ == "__main__":
    django.setup()
    if len(sys.argv) > 1:
        found = take(lambda: export(sys.argv[1]), rows=SUBMISSIONS)
    else:
        submit()
        module = "benchmarks.plain_site.export"
        found = {f"plain {kind}": in_own_process(module, kind) for kind in KINDS}
    print(json.dumps(found))  # noqa: T201
