"""Security headers by area: the public site, the CMS's editor screens, the case desk."""

from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

CMS = "/cms/"
CASE_DESK = "/cms/complaints/"


class SecurityHeadersMiddleware(CSPMiddleware):
    """django-csp with one policy per area, and the headers that Django leaves to us.

    Only Wagtail's own editor screens get `unsafe-inline`; the public site and the case desk,
    where complaints are read, do not.
    """

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith(CMS) and not request.path.startswith(CASE_DESK):
            parts.config = settings.CONTENT_SECURITY_POLICY_CMS["DIRECTIVES"]
        return parts

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        response = super().process_response(request, response)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()"
        )
        if request.path.startswith(CMS):
            response.setdefault("Cache-Control", "no-store")
        return response
