"""Every action there is, in the order the case file offers them. One line each."""

from complaints.staff.actions.base import Action
from complaints.staff.actions.people import ASSIGN, CONFLICT, SHARE, TAKE_OVER, UNSHARE
from complaints.staff.actions.procedure import CHECK, CLOSE, CONTACT, MOVE, REOPEN
from complaints.staff.actions.writing import MESSAGE, NOTE

ACTIONS: tuple[Action, ...] = (
    CHECK,
    MESSAGE,
    CONTACT,
    NOTE,
    MOVE,
    CLOSE,
    REOPEN,
    TAKE_OVER,
    ASSIGN,
    SHARE,
    UNSHARE,
    CONFLICT,
)
