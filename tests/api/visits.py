"""How every route is called, and whom it is for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.tokens import Audience

SHOP, VENDOR, ADMIN = "/api/v1/public/vendors/{vendor_id}", "/api/v1/vendor", "/api/v1/admin"
ANYONE = None


@dataclass(frozen=True)
class Visit:
    """How a route is called; `private` when path or body name something that has an owner, and
    `streams` when the answer goes on for as long as somebody listens.

    Pages take `body` as a form, and know a caller by cookies. `file` is sent as a form's file."""

    audience: Audience | None
    private: bool = True
    streams: bool = False
    body: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    query: str = ""
    file: bytes | None = None


def _body(**values: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda _: values


_ADDRESS = _body(first_name="X", last_name="Y", address_line1="1 Z", city="C", postal_code="1", country="LU")
_ISSUER = _body(
    legal_name="X", address_line1="1 Z", city="C", postal_code="1", country="LU", vat_id="LU12345678"
)
_PRODUCTS = b"sku,title,price\nIMPORTED,Imported,1\n"
_CREDENTIALS = _body(email="nobody@example.com", password="guessing wrong")


def _checkout(ids: dict[str, Any]) -> dict[str, Any]:
    return {"session_id": ids["session_id"], "shipping_address_id": ids["address_id"]}


def _ordering(ids: dict[str, Any]) -> dict[str, Any]:
    return {**_checkout(ids), "billing_address_id": ids["address_id"], "payment_method": "manual"}


def _claim(ids: dict[str, Any]) -> dict[str, Any]:
    return {"token": ids["token"], "password": "long enough"}


def _item(ids: dict[str, Any]) -> dict[str, Any]:
    return {"product_id": ids["public_product_id"], "quantity": 1}


def _bulk_change(ids: dict[str, Any]) -> dict[str, Any]:
    return {"order_ids": [ids["order_id"]], "status": "processing"}


C, V, A = Audience.CUSTOMER, Audience.VENDOR, Audience.ADMIN
VISITS: dict[tuple[str, str], Visit] = {
    ("GET", f"{SHOP}/products"): Visit(ANYONE),
    ("GET", f"{SHOP}/products/{{product_id}}"): Visit(ANYONE),
    ("POST", f"{SHOP}/customers/register"): Visit(
        ANYONE,
        body=_body(email="new@example.com", password="long enough", first_name="N", last_name="N"),
    ),
    ("POST", f"{SHOP}/customers/guest"): Visit(ANYONE, body=_body(email="guest@example.com")),
    ("POST", f"{SHOP}/customers/account-link"): Visit(ANYONE, body=_body(email="nobody@example.com")),
    ("POST", f"{SHOP}/customers/accounts"): Visit(ANYONE, body=_claim),
    ("POST", f"{SHOP}/customers/login"): Visit(ANYONE, body=_CREDENTIALS),
    ("GET", f"{SHOP}/customers/addresses"): Visit(C, private=False),
    ("POST", f"{SHOP}/customers/addresses"): Visit(C, private=False, body=_ADDRESS),
    ("GET", f"{SHOP}/customers/addresses/{{address_id}}"): Visit(C),
    ("PUT", f"{SHOP}/customers/addresses/{{address_id}}"): Visit(C, body=_ADDRESS),
    ("DELETE", f"{SHOP}/customers/addresses/{{address_id}}"): Visit(C),
    ("GET", f"{SHOP}/cart/{{session_id}}"): Visit(C),
    ("POST", f"{SHOP}/cart/{{session_id}}/items"): Visit(C, body=_item),
    ("PUT", f"{SHOP}/cart/{{session_id}}/items/{{item_id}}"): Visit(C, body=_body(quantity=1)),
    ("DELETE", f"{SHOP}/cart/{{session_id}}/items/{{item_id}}"): Visit(C),
    ("POST", f"{SHOP}/checkout/quote"): Visit(C, body=_checkout),
    ("POST", f"{SHOP}/orders"): Visit(C, body=_ordering),
    ("GET", f"{SHOP}/orders/placements/{{order_number}}"): Visit(C),
    ("GET", f"{SHOP}/orders/my-orders"): Visit(C, private=False),
    ("GET", f"{SHOP}/orders/my-orders/{{order_id}}"): Visit(C),
    ("GET", f"{SHOP}/orders/my-orders/{{order_id}}/events"): Visit(C, streams=True),
    ("GET", f"{SHOP}/orders/my-orders/{{order_id}}/messages"): Visit(C),
    ("POST", f"{SHOP}/orders/my-orders/{{order_id}}/messages"): Visit(C, body=_body(body="Hello.")),
    ("POST", f"{SHOP}/orders/my-orders/{{order_id}}/cancel"): Visit(C, body=_body(reason="No.")),
    ("GET", f"{SHOP}/orders/my-orders/{{order_id}}/invoices"): Visit(C),
    ("POST", f"{SHOP}/orders/my-orders/{{order_id}}/invoices"): Visit(C),
    ("GET", f"{SHOP}/orders/my-orders/{{order_id}}/invoices/{{invoice_id}}/pdf"): Visit(C),
    ("GET", f"{SHOP}/orders/tracked/{{token}}"): Visit(ANYONE),
    ("POST", f"{SHOP}/customers/sign-out-everywhere"): Visit(C, private=False),
    ("POST", f"{VENDOR}/login"): Visit(ANYONE, body=_CREDENTIALS),
    ("POST", f"{VENDOR}/password-link"): Visit(ANYONE, body=_body(email="nobody@example.com")),
    ("POST", f"{VENDOR}/password"): Visit(ANYONE, body=_claim),
    ("GET", f"{VENDOR}/orders"): Visit(V, private=False),
    ("GET", f"{VENDOR}/orders/counts"): Visit(V, private=False),
    ("GET", f"{VENDOR}/orders/events"): Visit(V, private=False, streams=True),
    ("GET", f"{VENDOR}/orders/export.csv"): Visit(V, private=False),
    ("POST", f"{VENDOR}/orders/bulk-status"): Visit(V, private=False, body=_bulk_change),
    ("GET", f"{VENDOR}/orders/bulk-status"): Visit(V, private=False),
    ("GET", f"{VENDOR}/orders/bulk-status/{{job_id}}"): Visit(V),
    ("POST", f"{VENDOR}/orders/bulk-status/{{job_id}}/pause"): Visit(V),
    ("POST", f"{VENDOR}/orders/bulk-status/{{job_id}}/resume"): Visit(V),
    ("POST", f"{VENDOR}/orders/bulk-status/{{job_id}}/cancel"): Visit(V),
    ("GET", f"{VENDOR}/orders/{{order_id}}"): Visit(V),
    ("GET", f"{VENDOR}/orders/{{order_id}}/events"): Visit(V, streams=True),
    ("PUT", f"{VENDOR}/orders/{{order_id}}/status"): Visit(V, body=_body(status="processing")),
    ("GET", f"{VENDOR}/orders/{{order_id}}/messages"): Visit(V),
    ("POST", f"{VENDOR}/orders/{{order_id}}/messages"): Visit(V, body=_body(body="Hello.")),
    ("GET", f"{VENDOR}/orders/{{order_id}}/notes"): Visit(V),
    ("POST", f"{VENDOR}/orders/{{order_id}}/notes"): Visit(V, body=_body(body="Rings twice.")),
    ("POST", f"{VENDOR}/orders/{{order_id}}/cancel"): Visit(V, body=_body(reason="fraud")),
    ("POST", f"{VENDOR}/orders/{{order_id}}/refunds"): Visit(V, body=_body(reason="as agreed")),
    ("GET", f"{VENDOR}/orders/{{order_id}}/invoices"): Visit(V),
    ("POST", f"{VENDOR}/orders/{{order_id}}/invoices"): Visit(V),
    ("GET", f"{VENDOR}/invoices"): Visit(V, private=False),
    ("POST", f"{VENDOR}/invoices"): Visit(V, private=False, body=_body(month="2026-11")),
    ("GET", f"{VENDOR}/invoices/export.csv"): Visit(V, private=False, query="?month=2026-11"),
    ("GET", f"{VENDOR}/invoices/{{invoice_id}}/pdf"): Visit(V),
    ("GET", f"{VENDOR}/analytics"): Visit(V, private=False),
    ("GET", f"{VENDOR}/analytics/export.csv"): Visit(V, private=False),
    ("GET", f"{VENDOR}/products"): Visit(V, private=False),
    ("POST", f"{VENDOR}/products"): Visit(V, private=False, body=_body(sku="NEW", title="New", price=1)),
    ("POST", f"{VENDOR}/products/import"): Visit(V, private=False, file=_PRODUCTS),
    ("GET", f"{VENDOR}/products/imports"): Visit(V, private=False),
    ("GET", f"{VENDOR}/products/imports/{{import_id}}"): Visit(V),
    ("GET", f"{VENDOR}/products/imports/{{import_id}}/report.csv"): Visit(V),
    ("POST", f"{VENDOR}/products/imports/{{import_id}}/decision"): Visit(V, body=_body(decision="discard")),
    ("GET", f"{VENDOR}/products/{{product_id}}"): Visit(V),
    ("GET", f"{VENDOR}/products/{{product_id}}/movements"): Visit(V),
    ("PUT", f"{VENDOR}/products/{{product_id}}"): Visit(V, body=_body(price=1)),
    ("PUT", f"{VENDOR}/products/{{product_id}}/stock"): Visit(V, body=_body(available_quantity=1)),
    ("GET", f"{VENDOR}/settings"): Visit(V, private=False),
    ("PUT", f"{VENDOR}/settings"): Visit(V, private=False, body=_body(tax_shipping=True)),
    ("GET", f"{VENDOR}/settings/invoices"): Visit(V, private=False),
    ("PUT", f"{VENDOR}/settings/invoices"): Visit(V, private=False, body=_ISSUER),
    ("GET", f"{VENDOR}/users"): Visit(V, private=False),
    ("POST", f"{VENDOR}/users"): Visit(
        V, private=False, body=_body(email="in@vited.example", first_name="I", last_name="N")
    ),
    ("PUT", f"{VENDOR}/users/{{user_id}}"): Visit(V, body=_body(first_name="Renamed")),
    ("POST", f"{ADMIN}/login"): Visit(ANYONE, body=_CREDENTIALS),
    ("POST", f"{ADMIN}/password-link"): Visit(ANYONE, body=_body(email="nobody@example.com")),
    ("POST", f"{ADMIN}/password"): Visit(ANYONE, body=_claim),
    ("GET", f"{ADMIN}/vendors"): Visit(A),
    ("POST", f"{ADMIN}/vendors"): Visit(
        A,
        body=_body(
            vendor_code="NEW", name="N", contact_email="n@n.example", country="LU", order_number_prefix="NEW"
        ),
    ),
    ("GET", f"{ADMIN}/vendors/{{vendor_id}}"): Visit(A),
    ("PUT", f"{ADMIN}/vendors/{{vendor_id}}"): Visit(A, body=_body(name="Renamed")),
    ("POST", f"{ADMIN}/vendors/{{vendor_id}}/users"): Visit(
        A, body=_body(email="in@side.example", password="long enough", first_name="I", last_name="S")
    ),
    ("GET", f"{ADMIN}/vendors/{{vendor_id}}/users"): Visit(A),
    ("PUT", f"{ADMIN}/vendors/{{vendor_id}}/users/{{user_id}}"): Visit(A, body=_body(first_name="Renamed")),
    ("GET", f"{ADMIN}/tax-rates"): Visit(A),
    ("PUT", f"{ADMIN}/tax-rates"): Visit(A, body=_body(country="LU", rate=1, valid_from="2999-01-01")),
    ("POST", "/webhooks/stripe"): Visit(ANYONE, body=_body(type="payment_intent.succeeded")),
    ("GET", "/healthz"): Visit(ANYONE),
    ("GET", "/readyz"): Visit(ANYONE),
    ("GET", "/metrics"): Visit(ANYONE),
}

PAGE = "/shop/{vendor_id}"
_ORDER, _ADDRESS_PAGE = f"{PAGE}/account/orders/{{order_id}}", f"{PAGE}/account/addresses/{{address_id}}"


def _typed(**values: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda _: values


def _chosen(ids: dict[str, Any]) -> dict[str, Any]:
    return {"product_id": str(ids["public_product_id"]), "quantity": "1"}


def _edited(ids: dict[str, Any]) -> dict[str, Any]:
    return {"sku": "E", "title": "E", "price": "1", "version": ids["product_version"]}


PAGE_VISITS: dict[tuple[str, str], Visit] = {
    ("GET", "/"): Visit(ANYONE),
    ("GET", PAGE): Visit(ANYONE),
    ("GET", f"{PAGE}/products"): Visit(ANYONE),
    ("GET", f"{PAGE}/products/{{product_id}}"): Visit(ANYONE),
    ("GET", f"{PAGE}/pictures/{{product_id}}.svg"): Visit(ANYONE),
    ("GET", f"{PAGE}/cart"): Visit(ANYONE),
    ("POST", f"{PAGE}/cart/items"): Visit(ANYONE, body=_chosen),
    ("POST", f"{PAGE}/cart/items/{{item_id}}"): Visit(ANYONE, body=_typed(quantity="1")),
    ("POST", f"{PAGE}/cart/items/{{item_id}}/remove"): Visit(ANYONE, body=_typed()),
    ("GET", f"{PAGE}/login"): Visit(ANYONE),
    ("POST", f"{PAGE}/login"): Visit(ANYONE, body=_CREDENTIALS),
    ("GET", f"{PAGE}/register"): Visit(ANYONE),
    ("POST", f"{PAGE}/register"): Visit(
        ANYONE,
        body=_typed(email="page@example.com", password="long enough", first_name="P", last_name="P"),
    ),
    ("POST", f"{PAGE}/logout"): Visit(ANYONE, body=_typed()),
    ("GET", f"{PAGE}/checkout"): Visit(ANYONE),
    ("POST", f"{PAGE}/checkout/guest"): Visit(ANYONE, body=_typed(email="typed@example.com")),
    ("POST", f"{PAGE}/checkout/addresses"): Visit(ANYONE, body=_ADDRESS),
    ("GET", f"{PAGE}/checkout/payment"): Visit(ANYONE),
    ("GET", f"{PAGE}/checkout/done/{{order_id}}"): Visit(C),
    ("GET", f"{PAGE}/account/orders"): Visit(C, private=False),
    ("GET", _ORDER): Visit(C),
    ("GET", f"{_ORDER}/pay"): Visit(C),
    ("POST", f"{_ORDER}/cancel"): Visit(C, body=_typed(reason="No.")),
    ("POST", f"{_ORDER}/messages"): Visit(C, body=_typed(body="Hello?")),
    ("POST", f"{_ORDER}/invoices"): Visit(C, body=_typed()),
    ("GET", f"{_ORDER}/invoices/{{invoice_id}}.pdf"): Visit(C),
    ("GET", f"{PAGE}/account/link"): Visit(ANYONE),
    ("POST", f"{PAGE}/account/link"): Visit(ANYONE, body=_typed(email="nobody@example.com")),
    ("GET", f"{PAGE}/account/set-password/{{token}}"): Visit(ANYONE),
    ("POST", f"{PAGE}/account/set-password/{{token}}"): Visit(ANYONE, body=_typed(password="long enough")),
    ("GET", f"{PAGE}/track/{{token}}"): Visit(ANYONE),
    ("GET", f"{PAGE}/track/{{token}}/pay"): Visit(ANYONE),
    ("GET", f"{PAGE}/track/{{token}}/events"): Visit(ANYONE),
    ("GET", f"{PAGE}/account/addresses"): Visit(C, private=False),
    ("GET", f"{PAGE}/account/addresses/new"): Visit(C, private=False),
    ("POST", f"{PAGE}/account/addresses"): Visit(C, private=False, body=_ADDRESS),
    ("GET", _ADDRESS_PAGE): Visit(C),
    ("POST", _ADDRESS_PAGE): Visit(C, body=_ADDRESS),
    ("POST", f"{_ADDRESS_PAGE}/default"): Visit(C, body=_typed()),
    ("POST", f"{_ADDRESS_PAGE}/delete"): Visit(C, body=_typed()),
    ("POST", f"{PAGE}/account/sign-out-everywhere"): Visit(C, private=False, body=_typed()),
}

# Pages of the desk and the platform, one entry per route of api/pages/desk and api/pages/admin.
DESK, PLATFORM = "/vendor", "/admin"
_DESK_ORDER = f"{DESK}/orders/{{order_id}}"
_PERSON = _typed(email="in@vited.example", first_name="I", last_name="N", role="owner", is_active="true")


def _settings(_: dict[str, Any]) -> dict[str, Any]:
    windows = {"payment_window": "30", "manual_payment_window": "90", "return_window": "0"}
    return {
        "order_number_prefix": "WALKED",
        "currency": "EUR",
        "time_zone": "UTC",
        "payment_methods": "stripe",
        "capture_method": "automatic",
        "capture_expiry": "cancel",
        **windows,
        **{f"{name}_unit": "minutes" for name in windows},
    }


PAGE_VISITS |= {
    ("GET", DESK): Visit(ANYONE),
    ("GET", f"{DESK}/login"): Visit(ANYONE),
    ("POST", f"{DESK}/login"): Visit(ANYONE, body=_CREDENTIALS),
    ("POST", f"{DESK}/logout"): Visit(ANYONE, body=_typed()),
    ("GET", f"{DESK}/orders"): Visit(V, private=False),
    ("GET", f"{DESK}/bulk"): Visit(V, private=False),
    ("POST", f"{DESK}/bulk"): Visit(V, private=False, body=_typed(status="processing")),
    ("GET", f"{DESK}/bulk/new"): Visit(V, private=False),
    ("POST", f"{DESK}/bulk/new"): Visit(V, private=False, body=_typed(order_id="1")),
    ("GET", f"{DESK}/bulk/{{job_id}}"): Visit(V),
    ("POST", f"{DESK}/bulk/{{job_id}}/{{move}}"): Visit(V, body=_typed()),
    ("GET", f"{DESK}/products"): Visit(V, private=False),
    ("GET", f"{DESK}/products/imports"): Visit(V, private=False),
    ("POST", f"{DESK}/products/imports"): Visit(V, private=False, body=_typed(), file=_PRODUCTS),
    ("GET", f"{DESK}/products/imports/{{import_id}}"): Visit(V),
    ("POST", f"{DESK}/products/imports/{{import_id}}/check"): Visit(V, body=_typed()),
    ("POST", f"{DESK}/products/imports/{{import_id}}/decision"): Visit(V, body=_typed(decision="discard")),
    ("GET", f"{DESK}/products/new"): Visit(V, private=False),
    ("POST", f"{DESK}/products/new"): Visit(V, private=False, body=_typed(sku="T", title="T", price="1")),
    ("GET", f"{DESK}/pictures/{{product_id}}.svg"): Visit(V),
    ("GET", f"{DESK}/products/{{product_id}}"): Visit(V),
    ("POST", f"{DESK}/products/{{product_id}}"): Visit(V, body=_edited),
    ("POST", f"{DESK}/products/{{product_id}}/stock"): Visit(
        V, body=_typed(how="add", pieces="1", seen="0", reason="counted")
    ),
    ("GET", _DESK_ORDER): Visit(V),
    ("GET", f"{_DESK_ORDER}/status"): Visit(V),
    ("POST", f"{_DESK_ORDER}/status"): Visit(V, body=_typed(status="processing")),
    ("GET", f"{_DESK_ORDER}/refunds"): Visit(V),
    ("POST", f"{_DESK_ORDER}/refunds"): Visit(
        V, body=_typed(kind="rest", reason="as agreed", expected="19.90")
    ),
    ("POST", f"{_DESK_ORDER}/refunds/preview"): Visit(V, body=_typed(kind="rest")),
    ("POST", f"{_DESK_ORDER}/messages"): Visit(V, body=_typed(body="Hello.")),
    ("POST", f"{_DESK_ORDER}/notes"): Visit(V, body=_typed(body="Rings twice.")),
    ("POST", f"{_DESK_ORDER}/invoices"): Visit(V, body=_typed()),
    ("GET", f"{DESK}/invoices"): Visit(V, private=False),
    ("POST", f"{DESK}/invoices"): Visit(V, private=False, body=_typed(month="2026-11")),
    ("GET", f"{DESK}/invoices/{{invoice_id}}.pdf"): Visit(V),
    ("GET", f"{DESK}/analytics"): Visit(V, private=False),
    ("GET", f"{DESK}/settings"): Visit(V, private=False),
    ("POST", f"{DESK}/settings"): Visit(V, private=False, body=_settings),
    ("GET", f"{DESK}/settings/shipping"): Visit(V, private=False),
    ("GET", f"{DESK}/settings/shipping/new"): Visit(V, private=False),
    ("POST", f"{DESK}/settings/shipping"): Visit(
        V, private=False, body=_typed(name="By bike", code="bike", price="1", where="")
    ),
    ("GET", f"{DESK}/settings/shipping/{{rate_id}}"): Visit(V),
    ("POST", f"{DESK}/settings/shipping/{{rate_id}}"): Visit(
        V, body=_typed(name="By post", code="post", price="1", where="")
    ),
    ("POST", f"{DESK}/settings/shipping/{{rate_id}}/move"): Visit(V, body=_typed()),
    ("POST", f"{DESK}/settings/shipping/{{rate_id}}/switch"): Visit(V, body=_typed(is_active="")),
    ("POST", f"{DESK}/settings/shipping/{{rate_id}}/delete"): Visit(V, body=_typed()),
    ("GET", f"{DESK}/settings/invoices"): Visit(V, private=False),
    ("POST", f"{DESK}/settings/invoices"): Visit(V, private=False, body=_ISSUER),
    ("GET", f"{DESK}/settings/people"): Visit(V, private=False),
    ("POST", f"{DESK}/settings/people"): Visit(V, private=False, body=_PERSON),
    ("GET", f"{DESK}/settings/people/{{user_id}}"): Visit(V),
    ("POST", f"{DESK}/settings/people/{{user_id}}"): Visit(V, body=_PERSON),
    ("POST", f"{DESK}/settings/people/{{user_id}}/link"): Visit(V, body=_typed()),
    ("GET", f"{DESK}/settings/account"): Visit(V, private=False),
    ("POST", f"{DESK}/settings/account"): Visit(
        V, private=False, body=_typed(current_password="correct horse battery", password="another horse")
    ),
    ("GET", f"{DESK}/forgot-password"): Visit(ANYONE),
    ("POST", f"{DESK}/forgot-password"): Visit(ANYONE, body=_typed(email="nobody@example.com")),
    ("GET", f"{DESK}/set-password/{{token}}"): Visit(ANYONE),
    ("POST", f"{DESK}/set-password/{{token}}"): Visit(ANYONE, body=_typed(password="long enough")),
    ("GET", f"{PLATFORM}/login"): Visit(ANYONE),
    ("POST", f"{PLATFORM}/login"): Visit(ANYONE, body=_CREDENTIALS),
    ("POST", f"{PLATFORM}/logout"): Visit(ANYONE, body=_typed()),
    ("GET", f"{PLATFORM}/forgot-password"): Visit(ANYONE),
    ("POST", f"{PLATFORM}/forgot-password"): Visit(ANYONE, body=_typed(email="nobody@example.com")),
    ("GET", f"{PLATFORM}/set-password/{{token}}"): Visit(ANYONE),
    ("POST", f"{PLATFORM}/set-password/{{token}}"): Visit(ANYONE, body=_typed(password="long enough")),
    ("GET", PLATFORM): Visit(A),
    ("GET", f"{PLATFORM}/vendors"): Visit(A),
    ("GET", f"{PLATFORM}/vendors/new"): Visit(A),
    ("POST", f"{PLATFORM}/vendors"): Visit(
        A,
        body=_typed(
            vendor_code="NEW",
            name="N",
            contact_email="n@n.example",
            country="LU",
            order_number_prefix="NEW",
        ),
    ),
    ("GET", f"{PLATFORM}/vendors/{{vendor_id}}"): Visit(A),
    ("POST", f"{PLATFORM}/vendors/{{vendor_id}}"): Visit(A, body=_typed(name="Renamed", is_active="true")),
    ("POST", f"{PLATFORM}/vendors/{{vendor_id}}/users"): Visit(A, body=_PERSON),
    ("POST", f"{PLATFORM}/vendors/{{vendor_id}}/users/{{user_id}}"): Visit(
        A, body=_typed(role="owner", is_active="true")
    ),
    ("POST", f"{PLATFORM}/vendors/{{vendor_id}}/users/{{user_id}}/link"): Visit(A, body=_typed()),
    ("GET", f"{PLATFORM}/tax-rates"): Visit(A),
    ("POST", f"{PLATFORM}/tax-rates"): Visit(A, body=_typed(country="LU", rate="1", valid_from="2999-01-01")),
}
