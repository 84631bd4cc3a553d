"""Wires the app together when it loads: pages get their presenter, signals their one line."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created
from django.db.models.signals import post_save


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = "Klachten"

    def ready(self) -> None:
        from complaints import receivers  # noqa: F401
        from complaints.cases.durability import check_durability, refuse_what_loses
        from complaints.models.form import ComplaintFormPage
        from complaints.models.settings import HandlingSettings
        from complaints.public.filing.pages import present
        from home.shell import begin_edition

        post_save.connect(begin_edition, sender=HandlingSettings)
        connection_created.connect(refuse_what_loses)
        register(check_durability, Tags.database)
        ComplaintFormPage.presenter = staticmethod(present)
