"""Who may do what in the CMS: three groups, made once, then kept by whoever manages them."""

from django.contrib.auth.models import Group, Permission
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from complaints.services.access import HANDLERS_GROUP

EDITORS_GROUP = "Redactie"
MANAGERS_GROUP = "Beheer"

# Permissions by group, as app label and codename. Nobody here may edit groups.
PERMISSIONS: dict[str, tuple[str, ...]] = {
    EDITORS_GROUP: (
        "wagtailadmin.access_admin",
        "home.change_organisationsettings",
        "complaints.add_coach",
        "complaints.change_coach",
        "complaints.delete_coach",
        "complaints.add_theme",
        "complaints.change_theme",
        "complaints.delete_theme",
        "complaints.add_replytemplate",
        "complaints.change_replytemplate",
        "complaints.delete_replytemplate",
        "complaints.add_checklistitem",
        "complaints.change_checklistitem",
        "complaints.delete_checklistitem",
    ),
    HANDLERS_GROUP: ("wagtailadmin.access_admin", "complaints.handle_complaint"),
    MANAGERS_GROUP: (
        "wagtailadmin.access_admin",
        "auth.add_user",
        "auth.change_user",
        "auth.delete_user",
        "complaints.change_handlingsettings",
    ),
}
PAGE_PERMISSIONS = ("add_page", "change_page", "publish_page")
COLLECTION_PERMISSIONS = (
    "wagtailimages.add_image",
    "wagtailimages.change_image",
    "wagtailimages.choose_image",
    "wagtaildocs.add_document",
    "wagtaildocs.change_document",
    "wagtaildocs.choose_document",
)


def ensure_groups() -> None:
    """Makes the groups that are missing; a group that is there keeps what a manager gave it."""
    known = set(Group.objects.filter(name__in=PERMISSIONS).values_list("name", flat=True))
    for name, permissions in PERMISSIONS.items():
        if name in known:
            continue
        group = Group.objects.create(name=name)
        group.permissions.set([_permission(permission) for permission in permissions])
        if name == EDITORS_GROUP:
            _let_edit_everything(group)


def _let_edit_everything(group: Group) -> None:
    """Pages, images and documents, from the root of each tree down."""
    for root in Page.get_root_nodes():
        for codename in PAGE_PERMISSIONS:
            GroupPagePermission.objects.create(
                group=group, page=root, permission=_permission(f"wagtailcore.{codename}")
            )
    for collection in Collection.get_root_nodes():
        for permission in COLLECTION_PERMISSIONS:
            GroupCollectionPermission.objects.create(
                group=group, collection=collection, permission=_permission(permission)
            )


def _permission(name: str) -> Permission:
    app_label, _, codename = name.partition(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)
