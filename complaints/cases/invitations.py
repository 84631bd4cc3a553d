"""The invitation to handle complaints, or to manage: a mailed link to a password of one's own.

Whoever is admitted begins without a password, also with an account that was there before: nobody
who made or managed it can come in as them. The link works once, for as long as Django lets a link
to set a password work; a new one ends the one before.
"""

from django.contrib.auth.models import Group, User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from complaints.cases.case import NotAllowed
from complaints.cases.handlers_group import (
    HANDLERS_GROUP,
    admit_handler,
    admit_manager,
    may_admit,
    may_admit_manager,
)
from complaints.cases.rules import Refusal, refuse_if
from complaints.models.outbox import MailKind
from complaints.models.roster import roster_for
from complaints.notifications import owe


class InvitationTokens(PasswordResetTokenGenerator):
    """Django's, bound to password, address and last log-in; for an account without password only.

    So setting one uses the link up, and no link of ours changes a password that is in use.
    """

    key_salt = "complaints.cases.invitations"

    def check_token(self, user: User | None, token: str | None) -> bool:
        return (
            user is not None and not user.has_usable_password() and super().check_token(user, token)
        )


tokens = InvitationTokens()


def invitation_path(user: User) -> str:
    """Returns the address on this site under which they set their password."""
    pk = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("invitation", args=[pk, tokens.make_token(user)])


@transaction.atomic
def invite(
    *, email: str, first_name: str, last_name: str, by: User, to_manage: bool = False
) -> User:
    """Lets a handler or a manager in, by the account with that address or a new one, and mails.

    Raises NotAllowed. One at a time, so that a double click makes no two accounts.
    """
    may_invite = may_admit_manager(by) if to_manage else may_admit(by)
    refuse_if(None if may_invite else Refusal("not theirs to let in"))
    Group.objects.select_for_update().get(name=HANDLERS_GROUP)
    user = _account_of(email) or User(
        username=email.lower(), email=email.lower(), first_name=first_name, last_name=last_name
    )
    user.is_active = True
    user.set_unusable_password()
    user.save()
    if to_manage:
        admit_manager(user, by)
    else:
        admit_handler(user)
    owe(MailKind.INVITED, user, occasion=timezone.now().isoformat())
    return user


def _account_of(email: str) -> User | None:
    """Returns the account with that very address, if any.

    Raises NotAllowed where an account only looks like it: the mail would go elsewhere.
    """
    found = list(User.objects.filter(Q(email__iexact=email) | Q(username__iexact=email))[:2])
    if len(found) > 1 or any(user.email.lower() != email.lower() for user in found):
        words = _("Er is al een account dat hierop lijkt. Vraag de beheerder het na te kijken.")
        raise NotAllowed(Refusal("an account that looks like it", words))
    return found[0] if found else None


def why_not_invite_again(user: User, by: User) -> Refusal | None:
    """A handler who cannot come in is let back by another one, never by themselves."""
    if may_admit(by) and user.pk != by.pk and roster_for(by).may_handle(user):
        return None
    return Refusal("another handler invites again")


@transaction.atomic
def invite_again(*, user: User, by: User) -> None:
    """Mails a handler a new link; from here on their password opens nothing. Raises NotAllowed."""
    refuse_if(why_not_invite_again(user, by))
    begin_anew(user)
    owe(MailKind.INVITED, user, occasion=timezone.now().isoformat())


def begin_anew(user: User) -> str:
    """Ends a person's password, sessions and links; returns the address of the new one."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    return invitation_path(user)
