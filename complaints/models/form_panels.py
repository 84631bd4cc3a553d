"""The form builder's panel in the CMS: a condition is chosen from the questions already saved."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from wagtail.admin.panels import InlinePanel


class QuestionsPanel(InlinePanel):
    """An InlinePanel whose rows offer the page's saved questions to hang a condition on."""

    class BoundPanel(InlinePanel.BoundPanel):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            choices = [("", _("altijd tonen")), *self._saved_questions()]
            for child in [*self.children, self.empty_child]:
                field = child.form.fields["show_if_question"]
                current = child.form["show_if_question"].value()
                known = {name for name, _label in choices}
                extra = [(current, current)] if current and current not in known else []
                field.widget = forms.Select(choices=[*choices, *extra])

        def _saved_questions(self) -> list[tuple[str, str]]:
            rows = self.instance.form_fields.all() if self.instance.pk else []
            return [
                (row.clean_name, row.label)
                for row in rows
                if row.clean_name and row.field_type not in {"step", "text"}
            ]
