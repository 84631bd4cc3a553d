"""Wagtail's own e-mail form page, as its documentation builds it: what ours is compared with."""

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.contrib.forms.models import AbstractEmailForm, AbstractFormField


class PlainFormPage(AbstractEmailForm):
    """A form page that stores a submission and mails the answers."""

    template = "plain/form.html"
    landing_page_template = "plain/landing.html"


class PlainField(AbstractFormField):
    page = ParentalKey(PlainFormPage, on_delete=models.CASCADE, related_name="form_fields")
