"""Every route, called by everybody whom it is not for, with the ids of somebody whose it is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from pydantic import SecretStr
from sqlalchemy import false, not_, select

from api.app import PAGES
from api.cookies import CSRF_FIELD, DESK, PLATFORM, csrf_token, shop_realm
from api.tokens import Audience, Claims
from db.queries import bulk_jobs, customers
from db.queries.bulk_jobs import NewJob
from db.queries.invoice_issuers import LINES, save_issuer
from db.queries.invoice_issuing import issue_due
from db.session import Database
from db.tables import Cart, CartItem, Customer, ProductImport, Vendor, VendorUser
from domain.links import Link, LinkPurpose, Links
from settings import Settings
from tests.api.backoffice import PASSWORD_HASH, create_admin, create_order
from tests.api.listening import listening
from tests.api.sales import change
from tests.api.storefront import bearer
from tests.api.visits import ANYONE, PAGE_VISITS, VISITS, A, C, V, Visit
from tests.builders import (
    create_address,
    create_cart,
    create_customer,
    create_product,
    create_shipping_method,
    create_vendor,
    create_vendor_user,
)
from tests.db.rows import tenant_tables, vendor_column

# In everything of the victim's that is not for everybody's eyes.
MARK = "alphaprivate"


@dataclass(frozen=True)
class Victim:
    """A shop with a customer who has one of everything."""

    vendor: Vendor
    customer_id: int
    user_id: int
    admin_id: int
    ids: dict[str, Any]


@pytest_asyncio.fixture
async def victim(database: Database) -> Victim:
    vendor = await create_vendor(database, name="Alpha", order_number_prefix=MARK.upper())
    rate = await create_shipping_method(database, vendor)
    user = await create_vendor_user(
        database, vendor, email=f"{MARK}@staff.example", password_hash=PASSWORD_HASH
    )
    admin = await create_admin(database, email=f"{MARK}@orion.example")
    customer = await create_customer(database, vendor, first_name=MARK, email=f"{MARK}@mail.example")
    address = await create_address(database, customer, address_line1=f"1 {MARK} street")
    public = await create_product(database, vendor)
    hidden = await create_product(database, vendor, title=f"{MARK} prototype", is_active=False)
    cart = await create_cart(database, vendor, customer, [(public, 3)])
    order = await create_order(
        database, customer, hidden, order_number=f"{MARK.upper()}-20261122-00001", payment_reference="pi_1"
    )
    job = NewJob(vendor.id, user.id, "processing", None, f"{MARK} notes", "key", "-")
    async with database.vendor(vendor.id) as session:
        job_id = await bulk_jobs.add_job(session, job, [order.id])
        await save_issuer(session, vendor_id=vendor.id, lines=dict.fromkeys(LINES, MARK))
    await change(database, order, paid_at=datetime.now(UTC))
    async with database.vendor(vendor.id) as session:
        [invoice] = await issue_due(session, vendor_id=vendor.id, order_id=order.id)
    ids = {
        "vendor_id": vendor.id,
        "job_id": job_id,
        "move": "pause",
        "address_id": address.id,
        "public_product_id": public.id,
        "product_id": hidden.id,
        "import_id": await _import_id(database, user),
        "product_version": hidden.updated_at.isoformat(),
        "session_id": cart.session_id,
        "item_id": await _item_id(database, cart),
        "order_id": order.id,
        "invoice_id": invoice.id,
        "rate_id": rate.id,
        "user_id": user.id,
        "order_number": order.order_number,
        "token": Links("not this deployment's secret").sign(
            Link(LinkPurpose.TRACK, vendor.id, order.id, datetime.now(UTC) + timedelta(days=1))
        ),
    }
    return Victim(vendor, customer.id, user.id, admin.id, ids)


async def _item_id(database: Database, cart: Cart) -> int:
    async with database.platform() as session:
        return (await session.scalars(select(CartItem.id).where(CartItem.cart_id == cart.id))).one()


async def _import_id(database: Database, user: VendorUser) -> int:
    entry = ProductImport(
        vendor_id=user.vendor_id, created_by=user.id, filename=f"{MARK}.csv", size=1, state="checked"
    )
    async with database.platform() as session:
        session.add(entry)
    return entry.id


def _rightful(settings: Settings, victim: Victim, audience: Audience | None) -> dict[str, str]:
    claims = {
        C: Claims(id=victim.customer_id, vendor_id=victim.vendor.id),
        V: Claims(id=victim.user_id, vendor_id=victim.vendor.id, role="owner"),
        A: Claims(id=victim.admin_id),
    }
    return {} if audience is None else bearer(settings, audience, claims[audience])


async def _call(
    client: httpx.AsyncClient, victim: Victim, route: tuple[str, str], headers: dict[str, str]
) -> httpx.Response:
    method, path = route
    visit = VISITS[route]
    ids = victim.ids
    if visit.audience is ANYONE:
        ids = {**ids, "product_id": ids["public_product_id"]}
    body = visit.body(victim.ids) if visit.body else None
    if visit.streams:
        return await _listen(client, path.format(**ids), headers)
    files = {"file": ("products.csv", visit.file, "text/csv")} if visit.file else None
    return await client.request(
        method, f"{path.format(**ids)}{visit.query}", json=body, files=files, headers=headers
    )


async def _look(
    client: httpx.AsyncClient, settings: Settings, victim: Victim, route: tuple[str, str], token: str | None
) -> httpx.Response:
    """Call a page as a browser that holds the victim's cart, and `token` as whatever cookie takes one."""
    method, path = route
    visit = PAGE_VISITS[route]
    ids = victim.ids
    if visit.audience is ANYONE:
        ids = {**ids, "product_id": ids["public_product_id"]}
    realms = (shop_realm(victim.vendor.id), DESK, PLATFORM)
    cookies = dict.fromkeys((realm.visitor for realm in realms), str(ids["session_id"]))
    if token is not None:
        cookies |= dict.fromkeys((realm.caller for realm in realms), token)
    form = (
        visit.body(victim.ids) | {CSRF_FIELD: csrf_token(settings, ids["session_id"])} if visit.body else None
    )
    client.cookies.clear()
    header = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    files = {"file": ("products.csv", visit.file, "text/csv")} if visit.file else None
    answer = await client.request(method, path.format(**ids), data=form, files=files, headers=header)
    client.cookies.clear()
    return answer


def _takes_away(route: tuple[str, str]) -> int:
    """What deletes comes late in a walk, and what ends the walker's sign-in last."""
    method, path = route
    ends = path.endswith("/sign-out-everywhere") or route == ("POST", "/vendor/settings/account")
    return 2 if ends else int(method == "DELETE" or path.endswith("/delete"))


def _token(headers: dict[str, str]) -> str | None:
    return headers["Authorization"].removeprefix("Bearer ") if headers else None


async def _listen(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> httpx.Response:
    """The beginning of a stream as an answer."""
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    async with listening(transport.app, path, headers) as stream:
        request = httpx.Request("GET", client.base_url.join(path))
        return httpx.Response(stream.status, headers=stream.headers, text=stream.text, request=request)


async def test_every_route_is_walked(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    served = {
        (method.upper(), path) for path, operations in document["paths"].items() for method in operations
    }
    assert served == set(VISITS)


async def test_every_page_is_walked() -> None:
    served = {
        (method, route.path)
        for router in PAGES
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert served == set(PAGE_VISITS)


@pytest.mark.parametrize("audience", Audience)
async def test_rightful_visitors_see_their_pages(
    client: httpx.AsyncClient, lone_settings: Settings, victim: Victim, audience: Audience
) -> None:
    token = _token(_rightful(lone_settings, victim, audience))
    for route in sorted(PAGE_VISITS, key=_takes_away):
        if PAGE_VISITS[route].audience != audience:
            continue
        answer = await _look(client, lone_settings, victim, route, token)
        # As above: what needs a workflow is answered with 503.
        assert answer.status_code in {200, 303, 503}, (route, answer.text)
        assert "/login" not in answer.headers.get("location", ""), route


async def test_rightful_callers_get_through(
    client: httpx.AsyncClient, lone_settings: Settings, victim: Victim
) -> None:
    """Otherwise a mistake in the walk would look like a locked door."""
    for route in sorted(VISITS, key=_takes_away):
        visit = VISITS[route]
        if visit.audience is ANYONE:
            continue
        answer = await _call(client, victim, route, _rightful(lone_settings, victim, visit.audience))
        # Temporal is away in this test, so what needs a workflow is answered with 503.
        assert answer.status_code in {200, 201, 204, 503}, (route, answer.text)


@dataclass(frozen=True)
class Stranger:
    """Somebody with a token for `audience`; `same_shop` when the token is of the victim's shop."""

    headers: dict[str, str]
    audience: Audience | None = None
    same_shop: bool = False


STRANGERS = [
    "nobody",
    "customer of another shop",
    "another customer of the shop",
    "vendor of another shop",
    "vendor of the shop",
    "user of another shop under this one's name",
    "admin",
    "forger",
    "latecomer",
    "customer whose sign-in was ended",
    "customer who is not there",
]


async def _stranger(database: Database, settings: Settings, victim: Victim, name: str) -> Stranger:
    other = await create_vendor(database)
    theirs = await create_customer(database, other)
    neighbour = await create_customer(database, victim.vendor)
    user = await create_vendor_user(database, other)
    forging = settings.model_copy(update={"jwt_secret": SecretStr("another-secret-of-at-least-32-bytes")})
    late = settings.model_copy(update={"token_lifetime": -3600})
    owner = Claims(id=victim.user_id, vendor_id=victim.vendor.id, role="owner")
    impostor = Claims(id=user.id, vendor_id=victim.vendor.id, role="owner")
    strangers = {
        "nobody": Stranger({}),
        "customer of another shop": Stranger(
            bearer(settings, C, Claims(id=theirs.id, vendor_id=other.id)), C
        ),
        "another customer of the shop": Stranger(
            bearer(settings, C, Claims(id=neighbour.id, vendor_id=victim.vendor.id)), C, same_shop=True
        ),
        "vendor of another shop": Stranger(
            bearer(settings, V, Claims(id=user.id, vendor_id=other.id, role="owner")), V
        ),
        "vendor of the shop": Stranger(bearer(settings, V, owner), V, same_shop=True),
        "user of another shop under this one's name": Stranger(bearer(settings, V, impostor)),
        "admin": Stranger(bearer(settings, A, Claims(id=victim.admin_id)), A),
        "forger": Stranger(bearer(forging, V, owner)),
        "latecomer": Stranger(bearer(late, V, owner)),
        "customer whose sign-in was ended": Stranger(_rightful(settings, victim, C)),
        "customer who is not there": Stranger(
            bearer(settings, C, Claims(id=10**9, vendor_id=victim.vendor.id))
        ),
    }
    if name == "customer whose sign-in was ended":
        async with database.vendor(victim.vendor.id) as session:
            await customers.end_sign_ins(session, customer_id=victim.customer_id)
    return strangers[name]


def _allowed(visit: Visit, stranger: Stranger, answer: httpx.Response) -> bool:
    """Whether a stranger may be answered so; whoever comes for their own things may get them."""
    status = answer.status_code
    same_kind = stranger.audience is not None and stranger.audience == visit.audience
    if visit.audience is ANYONE:
        return status < 500 or answer.url.path.endswith(("/readyz", "/account-link", "/password-link"))
    if same_kind and not visit.private and (stranger.same_shop or visit.audience == V):
        return status < 500 or status == 503  # Temporal is away, as above
    if same_kind and stranger.same_shop and visit.body is not None:
        return status in {404, 422}
    return status in {401, 403, 404}


def _is_rightful(visit: Visit, name: str) -> bool:
    return (name, visit.audience) in {("vendor of the shop", V), ("admin", A)}


@pytest.mark.parametrize("name", STRANGERS)
async def test_strangers_see_and_change_nothing(
    client: httpx.AsyncClient, lone_settings: Settings, database: Database, victim: Victim, name: str
) -> None:
    stranger = await _stranger(database, lone_settings, victim, name)
    before = await _rows(database, victim)

    for route in sorted(VISITS, key=_takes_away):
        visit = VISITS[route]
        if _is_rightful(visit, name):
            continue
        answer = await _call(client, victim, route, stranger.headers)
        assert _allowed(visit, stranger, answer), (route, answer.status_code, answer.text)
        assert MARK not in answer.text.lower(), (route, answer.text)

    after = await _rows(database, victim)
    for table, rows in before.items():
        assert set(rows) <= set(after[table]), table


@pytest.mark.parametrize("name", STRANGERS)
async def test_strangers_see_and_change_nothing_on_pages(
    client: httpx.AsyncClient, lone_settings: Settings, database: Database, victim: Victim, name: str
) -> None:
    stranger = await _stranger(database, lone_settings, victim, name)
    before = await _rows(database, victim)

    for route in sorted(PAGE_VISITS, key=_takes_away):
        visit = PAGE_VISITS[route]
        if _is_rightful(visit, name):
            continue
        answer = await _look(client, lone_settings, victim, route, _token(stranger.headers))
        assert _may_see(visit, stranger, answer), (route, answer.status_code, answer.text)
        assert MARK not in answer.text.lower(), (route, answer.text)

    after = await _rows(database, victim)
    for table, rows in before.items():
        assert set(rows) <= set(after[table]), table


def _may_see(visit: Visit, stranger: Stranger, answer: httpx.Response) -> bool:
    """Whether a page may answer a stranger so: what is another's is missing (deleting it again is done
    already), and whoever has no business on such pages is sent to sign in.
    """
    status = answer.status_code
    if visit.audience is ANYONE:
        return status < 500 or status == 503  # Temporal is away, as above
    if stranger.audience == visit.audience and (stranger.same_shop or visit.audience == V):
        gone = status == 303 and answer.url.path.endswith("/delete")
        # Without a workflow to ask, 503 is the answer to what is their own.
        return status < 500 or status == 503 if not visit.private else status == 404 or gone
    return status == 303 and "/login?" in answer.headers["location"]


async def _rows(database: Database, victim: Victim) -> dict[str, list[str]]:
    """All that belongs to the victim's shop, but for its other customers, who may sign out everywhere."""
    other = (Customer.vendor_id == victim.vendor.id) & (Customer.id != victim.customer_id)
    others = {"customers": other}
    async with database.platform() as session:
        return {
            table.name: [
                repr(row)
                for row in await session.execute(
                    select(table).where(
                        vendor_column(table) == victim.vendor.id, not_(others.get(table.name, false()))
                    )
                )
            ]
            for table in tenant_tables()
        }


async def test_unsigned_event_about_a_known_payment_reaches_nobody(
    client: httpx.AsyncClient, victim: Victim, database: Database
) -> None:
    before = await _rows(database, victim)
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1"}}}

    answer = await client.post("/webhooks/stripe", json=event)

    assert answer.status_code == 400
    assert await _rows(database, victim) == before
