"""Keeps with the next date of each case what is due then, and fills it in for the cases there are."""

from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery


def fill(apps, schema_editor):
    """What `services.terms.refresh_due` would write; a closed case still owes its coach a word."""
    complaints = apps.get_model("complaints", "Complaint").objects
    lives_on = Q(kind="coach_told") & ~Q(complaint__sealed=b"")
    terms = (
        apps.get_model("complaints", "Term")
        .objects.filter(
            Q(complaint__status="open") | lives_on, complaint=OuterRef("pk"), met_at=None
        )
        .exclude(kind="handling", complaint__paused_on__isnull=False)
        .order_by("due_on", "kind")
    )
    requests = (
        apps.get_model("complaints", "RightsRequest")
        .objects.filter(complaint=OuterRef("pk"), decided_at=None)
        .order_by("due_on", "right")
    )
    first_term, first_request = _first(terms, "kind"), _first(requests, "right")
    with_term = complaints.annotate(first=first_term["next_due_on"]).filter(first__isnull=False)
    with_term.update(**first_term)
    asked = complaints.annotate(first=first_request["next_due_on"]).filter(first__isnull=False)
    sooner = Q(next_due_kind="") | Q(next_due_on=None) | Q(first__lte=F("next_due_on"))
    asked.filter(sooner).update(**first_request)


def _first(rows, kind):
    return {
        "next_due_on": Subquery(rows.values("due_on")[:1]),
        "next_due_kind": Subquery(rows.values(kind)[:1]),
    }


class Migration(migrations.Migration):
    dependencies = [("complaints", "0016_list")]

    operations = [
        migrations.AddField(
            model_name="complaint",
            name="next_due_kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("contact", "Persoonlijk contact"),
                    ("handling", "Beslissing"),
                    ("acknowledgement", "Ontvangstbevestiging"),
                    ("progress", "Bericht aan de klager"),
                    ("coach_told", "Kunstcoach informeren"),
                    ("erasure", "Besluit op een verzoek om wissen"),
                    ("access", "Besluit op een verzoek om inzage"),
                ],
                max_length=20,
                verbose_name="soort termijn",
            ),
        ),
        migrations.AlterField(
            model_name="owedmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("acknowledgement", "ontvangstbevestiging"),
                    ("new_case", "nieuwe klacht"),
                    ("suspect_digest", "klachten om te controleren"),
                    ("unassigned_case", "klacht zonder behandelaar"),
                    ("stage_changed", "klacht in een andere fase"),
                    ("case_closed", "klacht afgesloten"),
                    ("follow_link", "link om te volgen"),
                    ("message_waits", "er wacht een bericht"),
                    ("complainant_acted", "de klager heeft iets gedaan"),
                    ("handlers_changed", "wie klachten behandelt is veranderd"),
                    ("term_reminder", "herinnering aan een termijn"),
                    ("term_extended", "termijn verlengd"),
                    ("colleague_late", "een collega is te laat"),
                    ("daily_digest", "wat vandaag wacht"),
                    ("case_shared", "zaak gedeeld"),
                    ("rights_decided", "besluit op een verzoek"),
                    ("draft_saved", "herinnering aan een concept"),
                ],
                max_length=40,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
