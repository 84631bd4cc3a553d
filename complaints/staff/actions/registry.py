"""Every action there is, in the order the case file offers them. One line each."""

from complaints.staff.actions.assessing import ACKNOWLEDGE, AGREE, ASSESS, COACH_TOLD, TICK
from complaints.staff.actions.base import Action
from complaints.staff.actions.deciding import ADVISE, ANSWER_ADVICE, COMPLY, RULE
from complaints.staff.actions.people import (
    ASSIGN,
    CONFLICT,
    LINK,
    SHARE,
    TAKE_OVER,
    UNLINK,
    UNSHARE,
)
from complaints.staff.actions.procedure import CHECK, CLOSE, CONTACT, MOVE, REOPEN
from complaints.staff.actions.rights import DECIDE, NEW_CODE
from complaints.staff.actions.time import EXTEND, PAUSE, RESUME
from complaints.staff.actions.writing import MESSAGE, NOTE, WAITING

ACTIONS: tuple[Action, ...] = (
    CHECK,
    ASSESS,
    AGREE,
    MESSAGE,
    CONTACT,
    ACKNOWLEDGE,
    COACH_TOLD,
    NOTE,
    WAITING,
    TICK,
    LINK,
    UNLINK,
    ADVISE,
    ANSWER_ADVICE,
    RULE,
    COMPLY,
    MOVE,
    EXTEND,
    PAUSE,
    RESUME,
    CLOSE,
    REOPEN,
    DECIDE,
    NEW_CODE,
    TAKE_OVER,
    ASSIGN,
    SHARE,
    UNSHARE,
    CONFLICT,
)
