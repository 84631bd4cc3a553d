"""Signals, one line each: what happened elsewhere is passed on to the service that writes it."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models.signals import m2m_changed, post_init, post_save, pre_save
from django.dispatch import receiver
from wagtail.signals import page_published
from wagtail.users.models import UserProfile

from complaints.cases import consents, handlers_group
from complaints.models.pages import ProcedurePage
from complaints.models.settings import HandlingSettings


@receiver(page_published, sender=ProcedurePage)
def keep_text_in_force(instance: ProcedurePage, **_kwargs: Any) -> None:
    """Scheduled publishing passes no admin hook; the signal comes for both."""
    consents.keep_published_text(page=instance)


@receiver(m2m_changed, sender=User.groups.through)
def tell_handlers_of_membership(action: str, instance: Any, **kwargs: Any) -> None:
    handlers_group.membership_changed(action, instance, kwargs.get("pk_set"))


@receiver(pre_save, sender=HandlingSettings)
def tell_handlers_of_people(instance: HandlingSettings, **_kwargs: Any) -> None:
    handlers_group.people_saved(instance)


@receiver(post_save, sender=get_user_model())
def tell_handlers_of_account(instance: Any, created: bool, **kwargs: Any) -> None:
    handlers_group.account_saved(
        instance, created=created, update_fields=kwargs.get("update_fields")
    )


@receiver(post_init, sender=UserProfile)
def keep_one_time_zone(instance: UserProfile, **_kwargs: Any) -> None:
    """The CMS works in the zone of a profile, and days would be stored by it."""
    instance.current_time_zone = ""
