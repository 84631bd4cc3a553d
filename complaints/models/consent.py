"""The consent ledger: what was agreed to, in which words, when. Appended, never changed."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint


class ConsentPurpose(models.TextChoices):
    """What consent is asked for, each apart (R-31)."""

    FILING = "filing", _("klacht verwerken op deze site")
    MAIL = "mail", _("berichten per e-mail")
    HEALTH = "health", _("gegevens over gezondheid")
    COACH = "coach", _("delen met de kunstcoach")
    COMMITTEE = "committee", _("delen met de klachtencommissie")


class ConsentText(models.Model):
    """The exact text shown, unique by hash, as proof of what was agreed to."""

    sha256 = models.CharField(max_length=64, unique=True)
    html = models.TextField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("toestemmingstekst")

    def __str__(self) -> str:
        return self.sha256[:8]


class Consent(models.Model):
    """One moment at which consent for one purpose was given or withdrawn."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=ConsentPurpose)
    is_given = models.BooleanField()
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("toestemming")
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.complaint} {self.purpose}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A line of the ledger is written once: a change of mind is a line of its own."""
        if self.pk is not None:
            raise ValueError("A consent is never changed; append another.")
        super().save(*args, **kwargs)
