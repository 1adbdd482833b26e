"""Carts: found by their session id, bound to the customer who first uses them, locked while they change."""

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.cart_lines import CartProduct
from db.queries.pricing import check_line
from db.queries.products import get_product
from db.tables import Cart, CartItem
from domain.errors import CartItemNotFound, CartNotFound


async def find_cart(
    session: AsyncSession, *, vendor_id: int, session_id: str, customer_id: int | None, lock: bool = False
) -> Cart | None:
    """The cart of a session, or None while nothing was put in it.

    The first customer to use it becomes its owner. Raises CartNotFound for everybody else from then on.
    With `lock`, the cart stays as it is until the transaction ends.
    """
    statement = select(Cart).where(Cart.vendor_id == vendor_id, Cart.session_id == session_id)
    if lock:
        statement = statement.with_for_update(key_share=True)
    cart = await session.scalar(statement)
    if cart is None:
        return None
    if cart.customer_id is None and customer_id is not None:
        return await bind_cart(session, cart_id=cart.id, customer_id=customer_id)
    if cart.customer_id != customer_id:
        raise _not_found()
    return cart


async def bind_cart(session: AsyncSession, *, cart_id: int, customer_id: int) -> Cart:
    """Make the customer the owner of a cart that has none. Raises CartNotFound when another one was first."""
    statement = (
        update(Cart)
        .where(Cart.id == cart_id, (Cart.customer_id == customer_id) | Cart.customer_id.is_(None))
        .values(customer_id=customer_id)
        .returning(Cart)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    bound = await session.scalar(statement)
    if bound is None:
        raise _not_found()
    return bound


async def set_quantity(
    session: AsyncSession,
    *,
    vendor_id: int,
    session_id: str,
    customer_id: int | None,
    item_id: int,
    quantity: int,
) -> Cart:
    """Change how many pieces of a line are wanted. Raises as `add_item`, and CartItemNotFound."""
    cart = await _lock(session, vendor_id, session_id, customer_id)
    item = await session.scalar(select(CartItem).where(CartItem.id == item_id, CartItem.cart_id == cart.id))
    if item is None:
        raise _item_not_found()
    await _check_product(session, vendor_id, item.product_id, quantity)
    if item.quantity == quantity:
        return cart
    item.quantity = quantity
    return await _changed(session, cart)


async def remove_item(
    session: AsyncSession, *, vendor_id: int, session_id: str, customer_id: int | None, item_id: int
) -> Cart:
    """Take a line out. Raises CartNotFound and CartItemNotFound."""
    cart = await _lock(session, vendor_id, session_id, customer_id)
    statement = (
        delete(CartItem)
        .where(CartItem.id == item_id, CartItem.cart_id == cart.id)
        .returning(CartItem.id)
        .execution_options(synchronize_session=False)
    )
    if await session.scalar(statement) is None:
        raise _item_not_found()
    return await _changed(session, cart)


async def supersede(session: AsyncSession, *, cart_id: int) -> None:
    """Move the version: an attempt to order the cart as it was finds out."""
    await session.execute(update(Cart).where(Cart.id == cart_id).values(version=Cart.version + 1))


async def _lock(session: AsyncSession, vendor_id: int, session_id: str, customer_id: int | None) -> Cart:
    cart = await find_cart(
        session, vendor_id=vendor_id, session_id=session_id, customer_id=customer_id, lock=True
    )
    if cart is None:
        raise _not_found()
    return cart


async def _check_product(session: AsyncSession, vendor_id: int, product_id: int, quantity: int) -> None:
    product = await get_product(session, vendor_id=vendor_id, product_id=product_id)
    line = CartProduct(
        item_id=0,
        product_id=product.id,
        sku=product.sku,
        title=product.title,
        image=product.featured_image,
        unit_price=product.price,
        quantity=quantity,
        is_active=product.is_active,
        available_quantity=product.available_quantity,
    )
    check_line(line)


async def _changed(session: AsyncSession, cart: Cart) -> Cart:
    """Move the version: whoever priced or orders the cart as it was finds out."""
    cart.version += 1
    await session.flush()
    return cart


def _not_found() -> CartNotFound:
    return CartNotFound("There is no such cart.")


def _item_not_found() -> CartItemNotFound:
    return CartItemNotFound("There is no such line in the cart.")
