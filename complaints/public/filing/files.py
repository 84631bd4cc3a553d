"""What a post does with files: adding, taking away, and saying why one was not taken (R-66)."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from complaints.cases.attachments import StoredFile, destroy_staged, still_staged
from complaints.cases.uploads import MOST_FILES, Upload, Wanted, uploads_of
from complaints.files.kinds import Problem
from complaints.public.filing import pages
from complaints.public.filing.fields import PREFIX, checked_form
from complaints.public.filing.state import FormState
from complaints.vault.keyring import TokenBroken

Said = list[tuple[str, str]]  # at which question, and what


def wanted_files(posted: QueryDict) -> Wanted:
    """Files are taken only after a token of ours, at a step that asks for them."""
    try:
        state = FormState.open(posted.get("token", ""))
    except TokenBroken:
        return Wanted()
    if posted.get("at"):  # no other page than a step asks for files
        return Wanted()
    here = state.definition.steps[state.step].questions
    asked = {f"{PREFIX}-{q.clean_name}": q.clean_name for q in here if q.is_files}
    return Wanted(asked, most=MOST_FILES - len(state.files))


def arrived(request: HttpRequest) -> list[StoredFile]:
    """The files of this post that were taken."""
    return [upload.stored for upload in uploads_of(request) if upload.stored is not None]


def look_at_files(
    request: HttpRequest, state: FormState, *, unwanted: str = ""
) -> tuple[FormState, HttpResponse | None]:
    """The state with the files it still has, and the page that says what is wrong with one.

    `unwanted` is the id of a file to take away. A file that was refused keeps nobody's other files
    or words from being kept.
    """
    if not (state.files or request.FILES):
        return state, None
    taken_away = [file for file in state.files if file.id.hex == unwanted]
    destroy_staged([file.id for file in taken_away])
    state = state.with_files(file for file in state.files if file not in taken_away)
    staged = still_staged(state.files)
    said = said_of_gone(state, staged) or [
        (upload.question, says(upload))
        for upload in uploads_of(request)
        if upload.problem is not None
    ]
    state = state.with_files(staged)
    return state, files_page(request, state, said)


def files_page(request: HttpRequest, state: FormState, said: Said) -> HttpResponse | None:
    """The first step that shows a question something is said of, with all that is said there."""
    for index, questions in state.visible_steps:
        names = {question.clean_name for question in questions}
        here = [(name, words) for name, words in said if name in names]
        if here:
            form = checked_form(state, index)
            form.errors.clear()
            for name, words in here:
                form.add_error(name, words)
            return pages.step_page(request, state.at(index), form=form)
    return None


def said_of_gone(state: FormState, staged: Sequence[StoredFile]) -> Said:
    """Words for each file that cannot be sent any more."""
    words = _(
        "'%(name)s' is er niet meer. We bewaren een bestand 24 uur zolang je klacht niet is "
        "verstuurd. Voeg het opnieuw toe."
    )
    gone = [file for file in state.files if file not in staged]
    return [(file.question, words % {"name": file.name}) for file in gone]


def says(upload: Upload) -> str:
    """What is wrong with a file that was not taken, and how to go on; empty for one that was."""
    words = upload.problem_in_words
    if upload.problem is Problem.NO_ROOM:
        words += " " + _(
            "Ga verder zonder dit bestand. Je klacht versturen kan gewoon, en het bestand kun je "
            "later geven aan wie je klacht behandelt."
        )
    return words
