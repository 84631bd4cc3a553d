"""What is said of a code that was typed wrong, wherever a code is asked."""

from django.utils.translation import gettext as _

from complaints.vault.codes import Mistake


def mend_code(reason: Mistake) -> str:
    """What to do about a code that cannot be one; says nothing of which codes exist."""
    return {
        Mistake.LENGTH: _(
            "Vul de hele code in: 17 letters en cijfers, vier groepjes van vier en één los teken."
        ),
        Mistake.LETTER: _(
            "Vul alleen letters en cijfers in. De letter U komt in een code niet voor."
        ),
        Mistake.CHECK: _(
            "Er zit een typefout in de code. Vergelijk elk teken met wat je hebt opgeschreven."
        ),
    }[reason]
