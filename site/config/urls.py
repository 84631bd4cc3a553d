"""Where everything is. The CMS is at /cms/, the case desk inside it, pages at the end."""

from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as cms_urls
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as document_urls

from complaints.public.filing.drafts import resume
from complaints.public.filing.views import fill_in, procedure_version
from complaints.public.following.session import quick_exit
from complaints.public.following.views import follow, link
from complaints.staff.handlers import InvitationView
from home.views import image, robots, security_txt, serve_page

handler400 = "home.views.bad_request"
handler403 = "home.views.not_allowed"

urlpatterns = [
    path("cms/uitnodiging/<uidb64>/<token>/", InvitationView.as_view(), name="invitation"),
    path("cms/", include("accounts.pages")),
    path("cms/failwhale/", RedirectView.as_view()),  # 410: Wagtail's own fails on purpose
    path("cms/", include(cms_urls)),
    path("documenten/", include(document_urls)),
    re_path(r"^media/images/(\w[\w.-]*)$", image),
    path("sitemap.xml", sitemap),
    path("robots.txt", robots),
    path(".well-known/security.txt", security_txt),
    path("klacht-indienen/", fill_in, name="fill_in"),
    path("klacht-verder/", resume, name="resume"),
    path("klacht-volgen/", follow, name="follow"),
    path("klacht-volgen/weg/", quick_exit, name="quick_exit"),
    path("klacht-volgen/link/<str:token>/", link, name="follow_link"),
    path("klachtenprocedure/versies/<int:pk>/", procedure_version, name="procedure_version"),
]

urlpatterns += [
    re_path(r"^(?!_util/)((?:[\w\-]+/)*)$", serve_page),
    path(
        "_util/login/", RedirectView.as_view(pattern_name="wagtailadmin_login", query_string=True)
    ),
    path("", include(wagtail_urls)),
]
