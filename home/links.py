"""Links to pages in editors' texts: an address is looked up once, whatever links to it."""

from django.utils.html import escape
from wagtail.rich_text.pages import PageLinkHandler

from home.shell import page_addresses


class PageLinks(PageLinkHandler):
    """Wagtail's handler asks for the whole of each page, of each type, once for every text."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict[str, str]]) -> list[str]:
        ids = [int(attrs["id"]) for attrs in attrs_list]
        addresses = page_addresses(ids)
        return [f'<a href="{escape(addresses[pk])}">' if addresses[pk] else "<a>" for pk in ids]
