"""The pages of a link for a password, at the desk and at the platform alike."""

from fastapi.responses import HTMLResponse

from api.pages.forms import Form
from api.pages.visits import PageVisit

_PRIVATE = {"X-Robots-Tag": "noindex, nofollow"}


def request_page(visit: PageVisit, form: Form) -> HTMLResponse:
    """Where somebody who forgot their password asks for the mail."""
    return visit.page("desk/forgot_password.html", status_code=422 if form.problems else 200, form=form)


def sent_page(visit: PageVisit, email: str) -> HTMLResponse:
    """The same whether or not anybody is known by the address."""
    return visit.page("desk/link_sent.html", email=email)


def password_page(visit: PageVisit, *, email: str, token: str, form: Form) -> HTMLResponse:
    """The form for the password, of whoever has the link."""
    page = visit.page(
        "desk/set_password.html",
        status_code=422 if form.problems else 200,
        form=form,
        token=token,
        email=email,
    )
    page.headers.update(_PRIVATE)
    return page
