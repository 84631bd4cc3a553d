"""Wires the app together when it loads, and puts our users and groups in the place of Wagtail's."""

from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = "Klachten"
    default = True

    def ready(self) -> None:
        from complaints import receivers  # noqa: F401
        from complaints.models.form import ComplaintFormPage
        from complaints.public.filing.views import present

        ComplaintFormPage.presenter = staticmethod(present)


class UsersAppConfig(WagtailUsersAppConfig):
    """wagtail.users with a guard on who is in which group (see `staff.accounts`)."""

    user_viewset = "complaints.staff.accounts.UserViewSet"
    group_viewset = "complaints.staff.accounts.GroupViewSet"
