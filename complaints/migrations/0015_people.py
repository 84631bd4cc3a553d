"""An index of the unread cases alone: the badge counts them on every page of the CMS."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0014_clock"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                condition=models.Q(("is_unread", True)),
                fields=["handler"],
                name="complaint_unread",
            ),
        ),
    ]
