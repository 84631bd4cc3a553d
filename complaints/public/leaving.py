"""What a browser keeps of us: dropped after sending, and by the quick exit.

What no header reaches stands in docs/wat-een-browser-bewaart.md.
"""

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from complaints.public.following.session import leave
from complaints.public.suspicion import is_foreign
from home.models import OrganisationSettings

logger = logging.getLogger(__name__)


def forget(response: HttpResponse) -> HttpResponse:
    """This answer is kept nowhere, and of this site nothing stays in the browser's cache."""
    add_never_cache_headers(response)
    response["Clear-Site-Data"] = '"cache"'
    return response


# No token: who leaves may have no cookies, and another site's request (`is_foreign`) ends nothing.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def quick_exit(request: HttpRequest) -> HttpResponse:
    """A script posts here when it has left already; without scripts this sends somebody on."""
    response = HttpResponse(status=204)
    if request.method != "POST":
        try:
            organisation = OrganisationSettings.for_request(request)
        except Exception:  # nobody is held here: on to where a new site leads
            logger.exception("exit.not_looked_up")
            organisation = OrganisationSettings()
        response = HttpResponse(status=303, headers={"Location": organisation.quick_exit_url})
    return response if is_foreign(request) else leave(request, forget(response))
