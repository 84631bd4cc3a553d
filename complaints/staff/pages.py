"""The base of every page of the desk, and beside it: who is let in, its title and the way back."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail_modeladmin.views import WMABaseView

from complaints.models.roster import keep_roster
from complaints.staff.permissions import StaffRequest, case_or_404, enter_desk_or_404


class StaffPage(TemplateView):
    """A page in the frame of the desk, of no case; for whoever may not see it there is none."""

    request: StaffRequest
    title: Any
    header_icon = "help"

    def is_for(self, user: User) -> bool:
        raise NotImplementedError

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        keep_roster(request.user)
        if not self.is_for(request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_meta_title(self) -> str:
        return str(self.title)

    def trail(self) -> list[tuple[str, str]]:
        """Returns the pages above this one, as (address, label)."""
        return [(reverse("wagtailadmin_home"), _("Startpagina"))]

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = (self.request.path, self.get_meta_title())
        return [{"url": url, "label": label} for url, label in (*self.trail(), here)]


class DeskPage(WMABaseView):
    """A page of the desk; for handlers only."""

    title: Any = ""  # of the list, whose name ends the trail, empty
    is_csrf_exempt = False

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:
        enter_desk_or_404(request.user)
        return super().dispatch(request, *args, **kwargs)

    def get_meta_title(self) -> str:
        return str(self.title or _("Klachten"))

    def trail(self) -> list[tuple[str, str]]:
        """Returns the pages above this one, as (address, label)."""
        return [(reverse("wagtailadmin_home"), _("Startpagina")), (self.index_url, _("Klachten"))]

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = [(self.request.path, str(self.title))] if self.title else []
        return [{"url": url, "label": label} for url, label in (*self.trail(), *here)]


class CaseView(DeskPage):
    """A page of one case. Loads it through `visible_to`, never through the default manager."""

    meta_title = gettext_lazy("Klacht %(reference)s")

    def __init__(self, model_admin: Any, instance_pk: UUID) -> None:
        super().__init__(model_admin)
        self.instance_pk = instance_pk

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:
        self.instance = case_or_404(request.user, self.instance_pk)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def case_url(self) -> str:
        return str(self.url_helper.get_action_url("inspect", self.instance_pk))

    def get_meta_title(self) -> str:
        return str(self.meta_title % {"reference": self.instance.reference})

    def trail(self) -> list[tuple[str, str]]:
        return [*super().trail(), (self.case_url, self.instance.reference)]
