"""Sealed files and media in an S3 bucket: as in a folder, and nothing in clear there."""

import os
from random import Random
from uuid import uuid4

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage
from django.test import Client
from moto.server import ThreadedMotoServer

from complaints.cases import attachments, uploads
from complaints.files import store
from complaints.files.kinds import Problem
from complaints.models.keys_and_files import Attachment
from config.environment import storages_at
from tests.complaints.public.form_filler import Filler
from tests.desk import client_for, url
from tests.evidence import DOCX, MIB, PDF, filed_with, named, on_disk, picture

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture(scope="module")
def server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def s3(server, monkeypatch, settings, tmp_path):
    """Everything lies in a bucket from here on."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    bucket = f"klachten-{uuid4()}"
    client.create_bucket(Bucket=bucket)
    settings.FILES_DIR = tmp_path / "files"
    settings.FILES_URL = f"s3://{bucket}/site?endpoint={server}&region=us-east-1"
    settings.STORAGES = storages_at(settings.FILES_URL)
    client.bucket = bucket
    return client


def in_bucket(s3) -> dict[str, bytes]:
    found = s3.list_objects_v2(Bucket=s3.bucket).get("Contents", [])
    names = [one["Key"] for one in found]
    return {name: s3.get_object(Bucket=s3.bucket, Key=name)["Body"].read() for name in names}


def test_a_file_lies_sealed_in_the_bucket_from_sending_up_until_its_case_is_erased(s3, site, staff):
    content = b"%PDF-1.4 " + b"kanarie in een bestand " * 150_000 + b"%%EOF"
    case = filed_with(named("kanarie.pdf", content), named("brief.docx", DOCX))
    rows, stored = Attachment.objects.order_by("position"), in_bucket(s3)
    assert set(stored) == {f"site/sealed/{store.name_of(row.pk)}" for row in rows}
    assert not any(b"kanarie" in name.encode() + sealed for name, sealed in stored.items())
    assert on_disk() == set()
    assert client_for(staff.confidant).get(url("file", case)).getvalue() == content
    assert [b"".join(file.chunks()) for file in attachments.open_files(case)] == [content, DOCX]
    gone = rows[0].pk
    attachments.detach_files(case.attachments.all())
    attachments.destroy_expired_files()
    assert (in_bucket(s3), Attachment.objects.count()) == ({}, 0)
    store.remove_file(gone)
    with pytest.raises(FileNotFoundError):
        store.open_file(gone)


def test_what_comes_to_nothing_was_never_there(s3):
    given_up, refused = (uploads.Incoming(question="x", name=name) for name in ("a.pdf", "b.exe"))
    given_up.add(PDF * 100_000)
    assert in_bucket(s3) == {}
    given_up.discard()
    refused.add(b"MZ\x00\x01" * 1000)
    assert refused.finish() is Problem.TYPE
    assert (in_bucket(s3), Attachment.objects.count()) == ({}, 0)


def test_it_is_read_from_anywhere_and_in_order_by_one_request(s3):
    content = Random(1).randbytes(2 * MIB + 5)  # noqa: S311 - the same bytes in every run
    new = store.NewFile(file_id := uuid4())
    new.write(content[:MIB])
    new.write(content[MIB:])
    new.close()
    requests = []
    store.sealed_files().client.meta.events.register(
        "before-send.s3.*", lambda request, **_other: requests.append(request.headers.get("Range"))
    )
    with store.open_file(file_id) as file:
        assert file.seek(0, os.SEEK_END) == len(content)
        assert file.read(5) == b""
        file.seek(0)
        assert b"".join(iter(lambda: file.read(300_001), b"")) == content
        assert requests == [b"bytes=0-"]
        for start in (MIB, 7, len(content) - 3):
            file.seek(start)
            assert file.read(10) == content[start : start + 10]
    assert requests[1:] == [b"bytes=%d-" % start for start in (MIB, 7, len(content) - 3)]


def test_where_the_bucket_is_away_words_are_kept_and_nothing_goes_half(s3, site, settings):
    filler = Filler().start()
    filler.press("attach", bestanden=[named("een.pdf")])
    (row,) = Attachment.objects.all()
    there = settings.STORAGES
    settings.STORAGES = storages_at("s3://nowhere?endpoint=http://127.0.0.1:9&region=us-east-1")
    filler.press("attach", bestanden=[named("twee.pdf")], verwacht="Blijft staan.")
    filler.says("Blijft staan.", status=503)
    attachments.destroy_expired_files(row.staged_until)
    with pytest.raises(OSError, match="connect"):
        store.sealed_files().keeps_versions()
    settings.STORAGES = there
    assert Attachment.objects.filter(pk=row.pk).exists()
    assert len(in_bucket(s3)) == 1


def test_room_is_counted_up_to_a_bound_versions_are_seen_and_what_is_no_address_is_refused(
    s3, settings
):
    assert uploads.has_room()
    settings.FILES_MOST_STORED_BYTES = settings.FILES_LEAST_FREE_BYTES + 10
    Attachment.objects.create(staged_until=attachments.LONG_AGO, size=11)
    assert not uploads.has_room()
    assert not store.sealed_files().keeps_versions()
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(Bucket=s3.bucket, VersioningConfiguration={"Status": status})
        assert store.sealed_files().keeps_versions()
    for address in ("klachten", "s3:///folder", "https://s3.example/klachten"):
        with pytest.raises(ImproperlyConfigured, match="FILES_URL"):
            storages_at(address)


def test_browsers_ask_us_for_media_and_get_pictures_alone(s3, site):
    photo, client = picture(), Client()
    for _each in range(2):
        name = default_storage.save("images/foto.jpg", named("foto.jpg", photo))
    assert name != "images/foto.jpg", "another editor's picture is not overwritten"
    assert default_storage.url(name) == f"/media/{name}"
    answer = client.get(f"/media/{name}")
    assert (answer.getvalue(), answer["Content-Type"]) == (photo, "image/jpeg")
    default_storage.save("documents/a.pdf", named("a.pdf"))
    for path in ("images/geen.jpg", "documents/a.pdf", "images/../documents/a.pdf", "images/"):
        assert client.get(f"/media/{path}").status_code == 404, path
    assert len([key for key in in_bucket(s3) if key.startswith("site/media/")]) == 3
