"""Backups in a bucket, of files in a bucket: by pieces, whole or not at all."""

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from complaints.backups import parts
from complaints.cases.contents import open_answers
from complaints.files import store
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment
from config.environment import storages_at
from tests.complaints.backups.elsewhere import backups, elsewhere
from tests.complaints.files.test_bucket import in_bucket, s3, server
from tests.factories import make_complaint, make_staged_file

__all__ = ["backups", "s3", "server"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.every_database,
    pytest.mark.tail,
]
MEDIA = b"kanarie" * 2_000_000  # three pieces of S3's smallest


def test_a_bucket_keeps_and_returns_all_or_nothing(backups, s3, settings, tmp_path, monkeypatch):
    settings.BACKUP_TO = settings.FILES_URL.replace("/site?", "/backups?")
    case = make_complaint(files=(make_staged_file(),))
    default_storage.save("images/groot.png", ContentFile(MEDIA))

    make_call = BaseClient._make_api_call
    for refused in ("ListObjects", "CreateMultipart", "UploadPart", "CompleteMultipart"):

        def some(self, operation, given, refused=refused):
            if operation.startswith(refused):
                answer = {"Error": {"Code": "503"}, "ResponseMetadata": {"HTTPStatusCode": 503}}
                raise ClientError(answer, operation)
            return make_call(self, operation, given)

        with monkeypatch.context() as patch:
            patch.setattr(BaseClient, "_make_api_call", some)
            with pytest.raises(CommandError, match=r"No backup was made.*503"):
                call_command("backup")
            if refused == "ListObjects":
                with pytest.raises(CommandError, match=r"Nothing was restored.*503"):
                    call_command("restore", settings.BACKUP_TO, identity=backups.identity)
    assert not [name for name in in_bucket(s3) if name.startswith("backups/")]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=s3.bucket)
    call_command("backup")
    stored = {name: data for name, data in in_bucket(s3).items() if name.startswith("backups/")}
    assert sorted(name[:15] for name in stored) == ["backups/content", "backups/keys-20"]
    assert not any(b"kanarie" in data for data in stored.values())
    assert parts.newest_backup() is not None
    with elsewhere(tmp_path / "new"):
        settings.FILES_URL = settings.FILES_URL.replace("/site?", "/other?")
        settings.STORAGES = storages_at(settings.FILES_URL)
        given = {"identity": backups.identity}
        (content,) = (name for name in stored if "content" in name)
        s3.put_object(Bucket=s3.bucket, Key=content, Body=stored[content][:6_000_000])
        with pytest.raises(CommandError, match="cut short"):
            call_command("restore", settings.BACKUP_TO, **given)
        assert not [name for name in in_bucket(s3) if name.startswith("other/")]
        s3.put_object(Bucket=s3.bucket, Key=content, Body=stored[content])
        call_command("restore", settings.BACKUP_TO, **given)
        assert open_answers(Complaint.objects.get(pk=case.pk))
        assert store.has_file(Attachment.objects.get().pk)
        assert default_storage.open("images/groot.png").read() == MEDIA
        parts.forget_older(
            parts.place(settings.BACKUP_TO), parts.newest_backup() + 40 * parts.ALL_KEPT
        )
    assert not [name for name in in_bucket(s3) if name.startswith("backups/")]
