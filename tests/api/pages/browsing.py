"""A browser without scripts: it keeps cookies, reads pages and sends their forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from api.cookies import DESK, PLATFORM, customer_cookie
from api.tokens import Audience, Claims, Tokens, admin_claims
from db.tables import Admin, Customer, VendorUser
from settings import Settings

_UNSEEN = frozenset({"script", "style", "svg", "title"})


@dataclass
class SentTo:
    """A form: where it goes and what it holds."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Read(HTMLParser):
    """What somebody finds on a page: its text, where its links lead, its forms and its countries."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.forms: list[SentTo] = []
        self.options: dict[str, str] = {}
        self._unseen = 0
        self._select = ""
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def form(self, ending: str) -> SentTo:
        """The form whose action ends so."""
        return next(form for form in self.forms if form.action.endswith(ending))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "a":
            self.links.append(given.get("href") or "")
        elif tag == "form":
            self.forms.append(SentTo(given.get("action") or ""))
        elif tag == "select":
            self._select = given.get("name") or ""
        elif tag == "option":
            self._option(given.get("value") or "", selected="selected" in given)
        elif tag == "input" and self.forms and given.get("type") not in {"checkbox", "radio"}:
            self.forms[-1].fields[given.get("name") or ""] = given.get("value") or ""

    def _option(self, value: str, *, selected: bool) -> None:
        self.options[value] = "selected" if selected else ""
        if selected and self.forms:
            self.forms[-1].fields[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen -= 1

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)


@dataclass(frozen=True)
class Browser:
    """Somebody at one shop's pages."""

    client: httpx.AsyncClient
    shop: str

    async def open(self, path: str) -> tuple[httpx.Response, Read]:
        answer = await self.client.get(f"{self.shop}{path}")
        return answer, Read(answer.text)

    async def send(self, page: str, ending: str, **typed: str) -> httpx.Response:
        """Open a page, fill in its form and send it."""
        _, read = await self.open(page)
        form = read.form(ending)
        return await self.client.post(form.action, data={**form.fields, **typed})


def browser_of(client: httpx.AsyncClient, settings: Settings, customer: Customer) -> Browser:
    """The browser of somebody who is signed in."""
    tokens = Tokens(settings.jwt_secret.get_secret_value(), settings.token_lifetime)
    token = tokens.issue(Audience.CUSTOMER, Claims(id=customer.id, vendor_id=customer.vendor_id))
    client.cookies.set(customer_cookie(customer.vendor_id), token)
    return Browser(client, f"/shop/{customer.vendor_id}")


def desk_browser(client: httpx.AsyncClient, settings: Settings, user: VendorUser) -> Browser:
    """The browser of somebody who is signed in at the desk of the vendor they work for."""
    tokens = Tokens(settings.jwt_secret.get_secret_value(), settings.token_lifetime)
    claims = Claims(id=user.id, vendor_id=user.vendor_id, role=user.role)
    client.cookies.set(DESK.caller, tokens.issue(Audience.VENDOR, claims))
    return Browser(client, "/vendor")


def admin_browser(client: httpx.AsyncClient, settings: Settings, admin: Admin) -> Browser:
    """The browser of an admin who is signed in at the platform's pages."""
    tokens = Tokens(settings.jwt_secret.get_secret_value(), settings.token_lifetime)
    client.cookies.set(PLATFORM.caller, tokens.issue(Audience.ADMIN, admin_claims(admin)))
    return Browser(client, "/admin")
