"""A password by a link, for whoever forgot theirs or was invited to the desk."""

from api import staff_links
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import DeskVisit, desk_visit
from api.pages.password_links import add_password_pages

router = desk_router()
add_password_pages(
    router, staff_links, visit_of=desk_visit, signed_in=DeskVisit.signed_in, first_page="/orders"
)
