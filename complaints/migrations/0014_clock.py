from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0013_case_desk"),
    ]

    operations = [
        migrations.AlterField(
            model_name="handlingsettings",
            name="extension_days",
            field=models.PositiveSmallIntegerField(
                default=28,
                help_text="Eén keer per zaak, met uitleg aan de klager. Vaker kan als de klager akkoord is.",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(730),
                ],
                verbose_name="dagen uitstel, ten hoogste",
            ),
        ),
        migrations.AlterField(
            model_name="handlingsettings",
            name="progress_days",
            field=models.PositiveSmallIntegerField(
                default=14,
                help_text="De behandelaar krijgt op tijd een herinnering om de klager iets te laten horen.",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(730),
                ],
                verbose_name="dagen zonder bericht, ten hoogste",
            ),
        ),
    ]
