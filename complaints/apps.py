"""Wires the app together when it loads, and puts our users and groups in the place of Wagtail's."""

from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = "Klachten"
    default = True

    def ready(self) -> None:
        from django.db.models import EmailField
        from wagtail.admin.forms.models import register_form_field_override

        from complaints import receivers  # noqa: F401
        from complaints.meant import AddressField
        from complaints.models.form import ComplaintFormPage
        from complaints.public.filing.views import present

        ComplaintFormPage.presenter = staticmethod(present)
        # In the CMS too an address is taken out of what stands around it.
        register_form_field_override(EmailField, override={"form_class": AddressField})


class UsersAppConfig(WagtailUsersAppConfig):
    """wagtail.users with a guard on who is in which group (see `staff.accounts`)."""

    user_viewset = "complaints.staff.accounts.UserViewSet"
    group_viewset = "complaints.staff.accounts.GroupViewSet"
