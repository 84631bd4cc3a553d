"""What a post does with files: adding, taking away, and saying why one was not taken (R-66)."""

from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from complaints.cases.attachments import MOST_BYTES, MOST_FILES, StoredFile, still_staged
from complaints.cases.attachments import destroy_staged as destroy
from complaints.files.kinds import Problem
from complaints.public.filing import pages
from complaints.public.filing.fields import as_post, step_form
from complaints.public.filing.state import FormState
from complaints.public.filing.uploads import Upload

Said = list[tuple[str, str]]  # at which question, and what


def arrived(request: HttpRequest) -> list[StoredFile]:
    """The files of this post that were taken."""
    return [upload.stored for upload in _uploads(request) if upload.stored is not None]


def drop_arrived(request: HttpRequest) -> None:
    """Destroys the files of a post that has no place for them."""
    destroy([file.id for file in arrived(request)])


def look_at_files(
    request: HttpRequest, state: FormState, verb: str, rest: str
) -> tuple[FormState, HttpResponse | None]:
    """The state with the files it still has, and where something is amiss the page that says so.

    A file that was refused keeps nobody's other files or words from being kept.
    """
    if not (state.files or request.FILES):
        return state, None
    if verb == "unfile":
        state = _taken_away(state, rest)
    staged = still_staged(state.files)
    said = said_of_gone(state, staged) or [
        (upload.question, says(upload.problem, upload.shown_name))
        for upload in _uploads(request)
        if upload.problem is not None
    ]
    state = state.with_files(staged)
    return state, _told(request, state, said)


def without_gone(
    request: HttpRequest, state: FormState, staged: Sequence[StoredFile]
) -> HttpResponse:
    """The step of a file that is there no more, to add it again; nothing has been sent."""
    said = said_of_gone(state, staged)
    state = state.with_files(staged)
    return _told(request, state, said) or pages.check_page(request, state)


def says(problem: Problem, name: str) -> str:
    """What is wrong with a file, and how to mend it."""
    words = {
        Problem.TYPE: _(
            "'%(name)s' is een soort bestand dat we niet aannemen. Bewaar het als pdf, foto (jpg, "
            "png, heic of webp), docx, odt of txt, en voeg het dan toe."
        ),
        Problem.MISNAMED: _(
            "'%(name)s' is vanbinnen een ander soort bestand dan de naam zegt. Open het, bewaar "
            "het opnieuw als pdf of jpg, zonder wachtwoord, en voeg dat bestand toe."
        ),
        Problem.TOO_LARGE: _(
            "'%(name)s' is groter dan %(size)s MB. Maak het kleiner of knip het in delen, en voeg "
            "het dan toe."
        ),
        Problem.EMPTY: _(
            "'%(name)s' is leeg. Kijk of je het goede bestand koos, en voeg het opnieuw toe."
        ),
        Problem.DAMAGED: _(
            "'%(name)s' is beschadigd of niet helemaal aangekomen. Open het op je eigen apparaat, "
            "bewaar het opnieuw en voeg het dan toe."
        ),
        Problem.TOO_MANY: _(
            "'%(name)s' is niet toegevoegd: er passen %(count)s bestanden bij een klacht. "
            "Verwijder een ander bestand, of zet er een paar samen in een pdf."
        ),
        Problem.NO_ROOM: _(
            "'%(name)s' is niet toegevoegd: er is nu geen plaats voor bestanden. Ga verder zonder "
            "dit bestand. Je klacht versturen kan gewoon, en het bestand kun je later geven aan "
            "wie je klacht behandelt."
        ),
    }
    return words[problem] % {"name": name, "size": MOST_BYTES // 1024**2, "count": MOST_FILES}


def _uploads(request: HttpRequest) -> list[Upload]:
    return [
        upload
        for _name, uploads in request.FILES.lists()
        for upload in uploads
        if isinstance(upload, Upload)
    ]


def _taken_away(state: FormState, file_id: str) -> FormState:
    """Without the file of that id, which is destroyed; only one that this form holds."""
    taken = [file.id for file in state.files if file.id.hex == file_id]
    destroy(taken)
    return state.with_files(file for file in state.files if file.id not in taken)


def said_of_gone(state: FormState, staged: Sequence[StoredFile]) -> Said:
    """Words for each file that cannot be sent any more."""
    words = _(
        "'%(name)s' is er niet meer. We bewaren een bestand 24 uur zolang je klacht niet is "
        "verstuurd. Voeg het opnieuw toe."
    )
    gone = [file for file in state.files if file not in staged]
    return [(file.question, words % {"name": file.name}) for file in gone]


def _told(request: HttpRequest, state: FormState, said: Said) -> HttpResponse | None:
    """The first step that shows a question something is said of, with all that is said there."""
    for index, questions in state.definition.visible(state.answers):
        names = tuple(question.clean_name for question in questions)
        here = [(name, words) for name, words in said if name in names]
        if here:
            form = step_form(
                list(state.definition.steps[index].questions),
                answers={},
                data=as_post(state.answers),
            )
            form.errors.clear()
            for name, words in here:
                form.add_error(name, words)
            return pages.step_page(request, replace(state, step=index, shown=names), form=form)
    return None
