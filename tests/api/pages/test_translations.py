"""Pages in another language: texts as the catalogue has them, values as the visitor's region writes them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from babel import Locale
from babel.messages.pofile import read_po, write_po

from api.app import create_app
from api.pages.languages import Languages
from api.pages.wording import explain
from db.session import Database
from domain.errors import (
    CartNotFound,
    DomainError,
    EmailTaken,
    InsufficientStock,
    InvalidAmount,
    InvalidCredentials,
    OrderClosed,
    ProductUnavailable,
    RateLimited,
)
from settings import Settings
from tests.api.backoffice import create_order
from tests.api.pages.browsing import Browser, Read, browser_of
from tests.api.storefront import Storefront
from tests.builders import create_product

TEMPLATE = Path(__file__).parents[3] / "api" / "locale" / "messages.pot"
# Polish has three plural forms (CLDR): one; 2 to 4; all others.
MADE_UP = "pl"
# What orders of the builders are addressed to; countries have the region's names.
ADDRESSED = ("Jane", "Doe", "1 Rue de la Gare", "Luxembourg")
AUSTRIAN = {"Accept-Language": "de-AT, pl;q=0.8, en;q=0.5"}


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One language, in which every text is its English one in brackets, plural forms with their number."""
    directory = tmp_path_factory.mktemp("locale")
    with TEMPLATE.open("rb") as source:
        catalogue = read_po(source, locale=MADE_UP)
    for message in catalogue:
        if isinstance(message.id, tuple):
            message.string = tuple(f"[{form}: {message.id[1]}]" for form in range(catalogue.num_plurals))
        elif message.id:
            message.string = f"[{message.id}]"
    with (directory / f"{MADE_UP}.po").open("wb") as target:
        write_po(target, catalogue)
    return directory


@pytest.fixture(scope="module")
def languages(catalogues: Path) -> Languages:
    return Languages(catalogues)


@pytest_asyncio.fixture
async def client(
    lone_settings: Settings, database: Database, languages: Languages
) -> AsyncIterator[httpx.AsyncClient]:
    """A client, from Vienna, of an application with the made-up language."""
    app = create_app(lone_settings, database=database, languages=languages)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://orion.test", headers=AUSTRIAN
    ) as client:
        yield client
    await app.state.context.stop_listening()


@pytest.fixture
def browser(client: httpx.AsyncClient, storefront: Storefront) -> Browser:
    return browser_of(client, storefront.settings, storefront.customer)


def english(read: Read, *data: str) -> list[str]:
    """What of a page's text is neither in brackets nor data."""
    rest = re.sub(r"\[.*?\]", "", read.text)
    for known in data:
        rest = rest.replace(known, "")
    return re.findall(r"[^\W\d_]+", rest)


async def test_every_text_is_in_the_language_of_the_visitor(browser: Browser, storefront: Storefront) -> None:
    shop, customer, mug = storefront.vendor, storefront.customer, storefront.mug
    order = await create_order(storefront.database, customer, mug)
    data = [shop.name, shop.contact_email, mug.title, storefront.pot.title, mug.description, mug.sku]
    data += [order.order_number, *ADDRESSED, "UTC", *Locale.parse("de_AT").territories.values()]
    paths = ("", f"/products/{mug.id}", "/cart", "/login", "/register", "/account/link", "/account/orders")

    for path in (*paths, f"/account/orders/{order.id}", "/account/addresses/new"):
        answer, page = await browser.open(path)
        assert answer.status_code == 200
        assert (path, english(page, *(part for part in data if part))) == (path, [])


async def test_page_says_which_language_it_is_in(browser: Browser) -> None:
    answer, _ = await browser.open("")

    assert '<html lang="pl" data-locale="de-AT">' in answer.text
    assert answer.headers["content-language"] == "pl"
    assert "Accept-Language" in answer.headers["vary"]


async def test_language_that_there_is_not_leaves_english(browser: Browser) -> None:
    browser.client.headers["Accept-Language"] = "fi"
    answer, page = await browser.open("/login")

    assert '<html lang="en" data-locale="fi">' in answer.text
    assert answer.headers["content-language"] == "en"
    assert "Forgot your password?" in page.text


async def test_prices_and_dates_follow_the_region(browser: Browser, storefront: Storefront) -> None:
    placed = datetime(2026, 11, 3, 12, tzinfo=UTC)
    await create_order(storefront.database, storefront.customer, storefront.mug, created_at=placed)

    _, front = await browser.open("")
    _, orders = await browser.open("/account/orders")

    assert "€ 19,90" in front.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "03.11.2026" in orders.text
    assert "[My orders]" in orders.text


@pytest.mark.parametrize(("left", "form"), [(1, 0), (3, 1), (5, 2)])
async def test_plurals_are_the_languages_own(
    browser: Browser, storefront: Storefront, left: int, form: int
) -> None:
    rare = await create_product(
        storefront.database, storefront.vendor, title="Rare", price=Decimal("1.00"), available=left
    )

    _, page = await browser.open(f"/products/{rare.id}")

    assert f"[{form}: Only {left} left]" in page.text


async def test_refusals_are_in_the_language_of_the_visitor(browser: Browser, storefront: Storefront) -> None:
    mug = f"/products/{storefront.mug.id}"

    short = await browser.send(mug, "/cart/items", quantity="11")
    much = await browser.send(mug, "/cart/items", quantity="1000000")
    wrong = await browser.send("/login", "/login", email="nobody@shop.example", password="no such password")
    old = await browser.client.post(f"{browser.shop}/cart/items", data={"product_id": "1"})
    missing, _ = await browser.open("/products/999999999")

    assert "[2: Only 10 of Coffee mug left.]" in Read(short.text).text
    assert "[Please enter a quantity between 1 and " in Read(much.text).text
    assert "[The e-mail address or the password is wrong.]" in Read(wrong.text).text
    assert "[This page is too old to be sent." in Read(old.text).text
    assert "[There is nothing here]" in Read(missing.text).text
    assert "<title>[There is nothing here]</title>" in missing.text


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (InsufficientStock("-", title="Tea pot", available_quantity=1), "[0: Only 1 of Tea pot left.]"),
        (InsufficientStock("-", title="100% mug", available_quantity=0), "[100% mug is sold out.]"),
        (InsufficientStock("The stock is short.", product_ids=[1]), "The stock is short."),
        (ProductUnavailable("-", title="Tea pot"), "[Tea pot is not sold any more.]"),
        (ProductUnavailable("It is gone."), "It is gone."),
        (EmailTaken("-"), "[Somebody is registered with this e-mail address.]"),
        (InvalidCredentials("-"), "[The e-mail address or the password is wrong.]"),
        (RateLimited("-", retry_after=7), "[That was too often. Please wait a while and try again.]"),
        (InvalidAmount("-", lines=50), "[A cart holds at most 200 different products.]"),
        (CartNotFound("-"), "[There is nothing in the cart.]"),
        (OrderClosed("This order is closed."), "This order is closed."),
    ],
)
def test_refusal_has_words_or_its_own_message(refused: DomainError, said: str, languages: Languages) -> None:
    assert explain(refused, languages.choose("pl")) == said


@pytest.mark.parametrize(
    ("accepted", "code", "locale"),
    [
        (None, "en", "en"),
        ("", "en", "en"),
        ("*", "en", "en"),
        ("PL", "pl", "pl"),
        ("pl-PL", "pl", "pl_PL"),
        ("en-US, pl;q=0.9", "en", "en_US"),
        ("pl;q=0, de", "en", "de"),
        ("xx-nonsense, pl;q=x, pl;q=0.2", "pl", "pl"),
        ("fr-CH, en;q=0.9, pl;q=0.8", "en", "fr_CH"),
        ("../../etc/passwd", "en", "en"),
    ],
)
def test_language_is_negotiated(accepted: str | None, code: str, locale: str, languages: Languages) -> None:
    chosen = languages.choose(accepted)

    assert (chosen.code, str(chosen.locale)) == (code, locale)
