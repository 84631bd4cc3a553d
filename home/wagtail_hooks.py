"""What this app changes in Wagtail."""

from wagtail import hooks
from wagtail.rich_text.feature_registry import FeatureRegistry

from home.links import PageLinks


@hooks.register("register_rich_text_features", order=1)  # after Wagtail's own
def look_up_addresses_once(features: FeatureRegistry) -> None:
    features.register_link_type(PageLinks)
