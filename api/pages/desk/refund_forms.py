"""The form that gives money back: what was typed, as the JSON route takes it, and what it comes to."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from api.pages.desk.orders import OrderMoney, order_money
from api.pages.desk.visits import StaffVisit
from api.pages.forms import Form
from api.pages.wording import FIELD_PROBLEMS, UNCLEAR_FIELD
from api.schemas.refunds import RefundCommandRequest
from api.schemas.vendor_orders import VendorOrderAnswer, present_vendor_order
from db.queries import order_lists, orders
from db.queries.order_lists import VendorOrder
from db.queries.refundable import SHIPPED, Wanted, charged_shipping, refunded_quantities, work_out
from domain.errors import DomainError
from domain.product_cells import read_price
from domain.products import FieldRefused

QUANTITY = "quantity-"


class RefundKind(StrEnum):
    """What goes back: pieces and shipping, an amount, or all that is left."""

    ITEMS = "items"
    AMOUNT = "amount"
    REST = "rest"


@dataclass(frozen=True)
class RefundLine:
    """A line of the order and how many of its pieces may still go back."""

    item_id: int
    title: str
    sku: str
    quantity: int
    left: int


@dataclass(frozen=True)
class RefundStanding:
    """What of an order may still go back; `shipping` is nothing where it was free or went back before.

    `wanted` is what the form asks for comes to, or `refused` why it cannot be.
    """

    stored: VendorOrder
    order: VendorOrderAnswer
    money: OrderMoney
    lines: list[RefundLine]
    shipping: Decimal
    may_restock: bool
    wanted: Wanted | None
    refused: DomainError | None


def kind_of(form: Form) -> RefundKind:
    """What the form asks for; pieces and shipping to begin with."""
    given = form.get("kind")
    return RefundKind(given) if given in set(RefundKind) else RefundKind.ITEMS


def read_refund(form: Form, *, reason: str | None = None) -> RefundCommandRequest | None:
    """What the form asks for; None leaves its problems filled. `reason` stands in for one not typed yet."""
    kind = kind_of(form)
    items = _pieces(form) if kind == RefundKind.ITEMS else []
    shipping = kind == RefundKind.ITEMS and "shipping" in form.values
    if kind == RefundKind.ITEMS and not items and not shipping and not form.problems:
        form.problems["items"] = UNCLEAR_FIELD
    wish = Form({"reason": form.get("reason") or reason or ""})
    given = wish.read(
        RefundCommandRequest,
        amount=_amount(form) if kind == RefundKind.AMOUNT else None,
        items=items,
        shipping=shipping,
        restock="restock" in form.values and bool(items),
    )
    form.problems.update(wish.problems)
    return None if form.problems else given


def _amount(form: Form) -> Decimal | None:
    try:
        return read_price(form.get("amount"))
    except FieldRefused as refused:
        empty = not form.get("amount").strip()
        form.problems["amount"] = FIELD_PROBLEMS["missing" if empty else refused.code]
        return None


def _pieces(form: Form) -> list[dict[str, int]]:
    pieces = []
    for name, text in form.values.items():
        if not name.startswith(QUANTITY) or text.strip() in {"", "0"}:
            continue
        item_id, quantity = name.removeprefix(QUANTITY), text.strip()
        if not (item_id.isdecimal() and quantity.isdecimal() and len(item_id) < 19 and len(quantity) < 9):
            form.problems["items"] = UNCLEAR_FIELD
            return []
        pieces.append({"order_item_id": int(item_id), "quantity": int(quantity)})
    return pieces


async def read_standing(
    visit: StaffVisit, order_id: int, wish: RefundCommandRequest | None
) -> RefundStanding:
    """What of the order may go back, and what a wish comes to now. Raises OrderNotFound."""
    wanted, refused = None, None
    async with visit.context.database.reading(visit.vendor.id) as session:
        stored = await order_lists.get_vendor_order(session, order_id=order_id)
        order = stored.order
        payment = await orders.get_payment(session, order_id=order_id)
        refunded = await refunded_quantities(session, order)
        shipping = await charged_shipping(session, order)
        if wish is not None:
            try:
                wanted = await work_out(session, order, wish.body())
            except DomainError as refusal:
                refused = refusal
    return RefundStanding(
        stored=stored,
        order=present_vendor_order(stored),
        money=order_money(order, payment),
        lines=[
            RefundLine(
                item.id,
                item.product_title,
                item.product_sku,
                item.quantity,
                item.quantity - refunded.get(item.id, 0),
            )
            for item in stored.items
        ],
        shipping=Decimal(0) if shipping.refunded else shipping.gross,
        may_restock=order.status in SHIPPED,
        wanted=wanted,
        refused=refused,
    )
