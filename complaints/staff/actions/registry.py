"""Every action there is, in the order the case file offers them. One line each."""

from complaints.staff.actions.assessing import AGREE, ASSESS
from complaints.staff.actions.base import Action
from complaints.staff.actions.deciding import ADVISE, ANSWER_ADVICE, COMPLY, RULE
from complaints.staff.actions.procedure import CHECK, CLOSE, CONTACT, MOVE, REOPEN
from complaints.staff.actions.relating import LINK, UNLINK
from complaints.staff.actions.stepping import TICK
from complaints.staff.actions.writing import MESSAGE, NOTE

ACTIONS: tuple[Action, ...] = (
    CHECK,
    ASSESS,
    AGREE,
    MESSAGE,
    CONTACT,
    NOTE,
    TICK,
    LINK,
    UNLINK,
    ADVISE,
    ANSWER_ADVICE,
    RULE,
    COMPLY,
    MOVE,
    CLOSE,
    REOPEN,
)
