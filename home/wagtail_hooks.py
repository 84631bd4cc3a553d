"""What this app changes in Wagtail: a link in an editors' text looks an address up once.

Apart from the blocks, which the models import: Wagtail's handler may load its models.
"""

from django.utils.html import escape
from wagtail import hooks
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler

from home.shell import page_addresses


class PageLinks(PageLinkHandler):
    """Wagtail's handler asks for the whole of each page, of each type, once for every text."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict[str, str]]) -> list[str]:
        ids = [int(attrs["id"]) for attrs in attrs_list]
        addresses = page_addresses(ids)
        return [f'<a href="{escape(addresses[pk])}">' if addresses[pk] else "<a>" for pk in ids]


@hooks.register("register_rich_text_features", order=1)  # after Wagtail's own
def look_up_addresses_once(features: FeatureRegistry) -> None:
    features.register_link_type(PageLinks)
