"""The desk as tests drive it: who is logged in, where its pages are, what one reads there."""

import re
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from complaints.cases.mails import MailText
from complaints.models.case import Complaint

NAME = "complaints_complaint_modeladmin_"
LIST = "/cms/complaints/complaint/"


def client_for(user: Any, **options: Any) -> Client:
    """A browser in which this person is logged in; without a person, in which nobody is."""
    client = Client(**options)
    if user is not None:
        client.force_login(user)
    return client


def url(name: str, case: Complaint, **query: Any) -> str:
    """The address of a page of the desk about this case; a file's names its first file too."""
    files = [case.attachments.first().pk] if name in ("file", "copy") else []
    return reverse(NAME + name, args=[case.pk, *files], query=query or None)


def text_of(answer: Any) -> str:
    """What one reads on the page, or in its main part where it has one."""
    main = answer.content.decode().split("<main", 1)[-1]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def says(answer: Any, *words: str, status: int = 200) -> str:
    """Returns what one reads; fails where the status is another or some of these words miss."""
    text = text_of(answer)
    assert answer.status_code == status, text
    assert [word for word in words if word not in text] == [], text
    return text


def reads(desk: Client, name: str, case: Complaint, *words: str, **query: Any) -> str:
    """As `says`, of the page of the desk with that name about this case."""
    return says(desk.get(url(name, case, **query)), *words)


def mail_in(answer: Any) -> MailText:
    """The mail as it stands in the page's own fields, to be changed before it goes."""
    page = answer.content.decode()
    subject = re.search(r'name="mail_subject" value="([^"]*)"', page).group(1)
    body = re.search(r'<textarea name="mail_body"[^>]*>\n?(.*?)</textarea>', page, re.S).group(1)
    return MailText(unescape(subject), unescape(body))


def references(answer: Any) -> list[str]:
    """The cases in the rows of a list, from top to bottom."""
    return re.findall(r'class="case-reference[^>]*>([^<]+)<', answer.content.decode())


def sees(user: Any, case: Complaint) -> bool:
    return Complaint.objects.visible_to(user).filter(pk=case.pk).exists()


def changed(case: Complaint, **fields: Any) -> Complaint:
    """The case, with these columns written past the services."""
    Complaint.objects.filter(pk=case.pk).update(**fields)
    case.refresh_from_db()
    return case


def post(desk: Client, name: str, case: Complaint, /, **data: Any) -> Any:
    """Sends the form of that action, as somebody who saw the case as it is now."""
    case.refresh_from_db()
    return desk.post(url(name, case), {"seen": case.event_count, "sure": "yes"} | data)


def post_as(user: Any, name: str, case: Complaint, **data: Any) -> Any:
    """As `post`, in a browser of this person."""
    return post(client_for(user), name, case, **data)


def account_form(user: Any, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Where Wagtail edits this account, and what its form would send."""
    names = ("username", "email", "first_name", "last_name")
    groups = [group.pk for group in user.groups.all()]
    given = {name: getattr(user, name) for name in names} | {"is_active": "on", "groups": groups}
    return reverse("wagtailusers_users:edit", args=[user.pk]), given | changes
