"""A new password by a link, for an admin who forgot theirs."""

from api import admin_links
from api.pages.admin.routes.platform import platform_router
from api.pages.admin.visits import PlatformVisit, platform_visit
from api.pages.password_links import add_password_pages

router = platform_router()
add_password_pages(
    router, admin_links, visit_of=platform_visit, signed_in=PlatformVisit.signed_in, first_page=""
)
