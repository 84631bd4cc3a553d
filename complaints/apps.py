"""Wires the app together when it loads: pages get their presenter, signals their one line."""

from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = "Klachten"

    def ready(self) -> None:
        from complaints import receivers  # noqa: F401
        from complaints.models.form import ComplaintFormPage
        from complaints.public.form_page import present

        ComplaintFormPage.presenter = staticmethod(present)
