"""Puts our guarded users and groups sections in the place of Wagtail's (see `accounts`)."""

from wagtail.users.apps import WagtailUsersAppConfig


class UsersAppConfig(WagtailUsersAppConfig):
    """Named in INSTALLED_APPS instead of "wagtail.users"."""

    user_viewset = "complaints.staff.accounts.UserViewSet"
    group_viewset = "complaints.staff.accounts.GroupViewSet"
