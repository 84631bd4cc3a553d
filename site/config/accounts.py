"""Who is logged in, with the profile that Wagtail asks for on every page of the CMS."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User


class WithProfile(ModelBackend):
    """Django's own backend; the user comes with their Wagtail profile, in one question."""

    def get_user(self, user_id: Any) -> User | None:
        users = get_user_model()._default_manager.select_related("wagtail_userprofile")
        user = users.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
