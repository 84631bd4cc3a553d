"""Fills in the form over HTTP as a browser without scripts would: from what the page holds."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.public.filing.state import FormState
from complaints.vault.codes import FULL_LENGTH

FORM = "/klachtenprocedure/formulier/"
POST = "/klacht-indienen/"
RESUME = "/klacht-verder/"


class _Form(HTMLParser):
    """Collects the controls, buttons and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.names: set[str] = set()
        self.options: dict[str, list[str]] = {}
        self.actions: list[str] = []
        self.text: list[str] = []
        self._open = "", ""  # the text box or list that we are in: its tag and its name

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        kind, name = at.get("type", tag), at.get("name", "")
        if tag in ("textarea", "select") and name:
            self._open = tag, name
        if tag in ("textarea", "select", "input") and name:
            self.names.add(name)
        if tag == "button" and name == "action":
            self.actions.append(at["value"])
        elif tag == "option":
            self._choice(self._open[1], at)
        elif kind in ("radio", "checkbox"):
            self._choice(name, at)
        elif name and tag in ("textarea", "input") and kind != "file":
            self.values[name] = [at.get("value", "")]

    def _choice(self, name: str, at: dict[str, str]) -> None:
        self.options.setdefault(name, []).append(at["value"])
        if {"checked", "selected"} & set(at):
            self.values.setdefault(name, []).append(at["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open[0]:
            self._open = "", ""

    def handle_data(self, data: str) -> None:
        if self._open[0] == "textarea":
            (before,) = self.values[self._open[1]]
            self.values[self._open[1]] = [before + (data if before else data.removeprefix("\n"))]
        elif data.strip():
            self.text.append(data.strip())


def has_files(given: Any) -> bool:
    """Whether an answer is files, which are gone once they were sent."""
    return isinstance(given, list) and any(hasattr(each, "read") for each in given)


class Filler:
    """Someone filling in the form. `page` holds the last page seen."""

    def __init__(self, client: Client | None = None) -> None:
        self.client = client or Client()
        self.headers: dict[str, str] = {}
        self.response: Any = None
        self.page = _Form()

    def start(self) -> "Filler":
        return self._read(self.client.get(FORM))

    def press(self, action: str, **answers: Any) -> "Filler":
        """Posts what the page holds, with these answers, by the button `action`."""
        return self.post(self.data(action, **answers))

    def post(self, data: dict[str, Any]) -> "Filler":
        """Posts exactly this, as a page does that stood open since."""
        return self._read(self.client.post(POST, data, headers=self.headers))

    def save(self, **answers: Any) -> str:
        """Saves the page that stands there as a draft; returns the code shown."""
        self.press("save", **answers).says("Je concept is bewaard")
        return self.code

    def says(self, *words: str, status: int = 200) -> "Filler":
        """Fails where the answer has another status or the page misses some of these words."""
        assert self.response.status_code == status, self.text
        for word in words:
            assert word in self.text
        return self

    def data(self, action: str, **answers: Any) -> dict[str, Any]:
        given = {
            (name if name.startswith("consent_") or name in self.page.names else f"q-{name}"): value
            for name, value in answers.items()
        }
        return dict(self.page.values) | given | {"action": action}

    def next(self, **answers: Any) -> "Filler":
        return self.press("next", **answers)

    def to_check(self, **answers: Any) -> "Filler":
        """Walks to the check page, giving each answer where its question stands."""
        answers = {"probleem": "De coach kwam niet."} | answers
        for _ in range(12):
            if "send" in self.page.actions:
                return self
            past = [action for action in self.page.actions if action.startswith("past:")]
            here = {k: v for k, v in answers.items() if {k, f"q-{k}"} & self.page.names}
            self.press(past[0] if past else "next", **({} if past else here))
            sent = [] if past else [name for name in here if has_files(here[name])]
            answers = {name: given for name, given in answers.items() if name not in sent}
            assert self.response.status_code == 200, self.text
        raise AssertionError("no check page in twelve pages")

    def send(self, **consents: Any) -> "Filler":
        return self.press("send", **({"consent_filing": "on"} | consents))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.page.text).split())

    @property
    def html(self) -> str:
        return self.response.content.decode()

    @property
    def code(self) -> str:
        """The code of the draft as the page shows it."""
        return self.text.partition("Je code ")[2][: FULL_LENGTH + 4]

    @property
    def token(self) -> str:
        return self.page.values["token"][0]

    @property
    def state(self) -> FormState:
        return FormState.open(self.token)

    def _read(self, response: Any) -> "Filler":
        self.response = response
        self.page = _Form()
        self.page.feed(response.content.decode())
        return self


def filed_answers() -> dict[str, str]:
    """What the one complaint there is holds, by the name of its question."""
    return {answer.name: answer.text for answer in open_answers(Complaint.objects.get())}


def come_back(code: str, **extra: str) -> Filler:
    """Somebody with nothing but the code of a draft, in another browser."""
    filler = Filler()
    return filler._read(filler.client.post(RESUME, {"code": code, "action": "open"} | extra))
