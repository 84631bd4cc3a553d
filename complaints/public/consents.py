"""Which consents the check page asks, and in which words: each for one purpose (R-31)."""

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.translation import gettext as _

from complaints.models.consent import ConsentPurpose
from complaints.public.state import FormState
from complaints.questions import Purpose
from home.shell import rich_text


@dataclass(frozen=True)
class AskedConsent:
    """A consent box: for one purpose, with its exact text. Never ticked beforehand (R-31)."""

    name: str
    label: str
    html: str
    required: bool
    checked: bool
    error: str = ""

    @property
    def as_shown(self) -> str:
        """All that was agreed to, as proof: the text with its links, and the words of the tick."""
        return f"{rich_text(self.html)}<p>{escape(self.label)}</p>"


def asked_consents(state: FormState, *, missing: bool = False) -> list[AskedConsent]:
    """The consents this complaint needs asking for: filing always, the others when they matter."""
    texts = state.definition.consents
    answers = state.definition.visible_answers(state.answers)
    email = state.definition.question_for(Purpose.EMAIL)
    asked = [
        (ConsentPurpose.FILING, _("Ik geef toestemming om mijn klacht te verwerken"), texts.filing)
    ]
    if email is not None and answers.get(email.clean_name):
        asked.append(
            (ConsentPurpose.MAIL, _("Ik wil berichten over mijn klacht per e-mail"), texts.mail)
        )
    if any(q.sensitive and answers.get(q.clean_name) for _step, q in state.definition.questions()):
        asked.append(
            (
                ConsentPurpose.HEALTH,
                _("Ik geef toestemming om te lezen wat ik over gezondheid schreef"),
                texts.health,
            )
        )
    mend = _("Kruis dit vak aan als je de klacht wilt versturen: zonder toestemming mag dat niet.")
    return [
        AskedConsent(
            name=purpose.value,
            label=label,
            html=html,
            required=purpose is not ConsentPurpose.MAIL,
            checked=purpose.value in state.consents,
            error=mend
            if missing
            and purpose is not ConsentPurpose.MAIL
            and purpose.value not in state.consents
            else "",
        )
        for purpose, label, html in asked
    ]
