"""Signing in with a cart: what was chosen before and what is kept from earlier become one cart."""

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Cart, CartItem
from domain.pricing import MAX_LINES


async def merge_carts(
    session: AsyncSession, *, vendor_id: int, session_id: str, present_owner: int | None, customer_id: int
) -> str:
    """The session id of the cart that a customer goes on with after signing in.

    That is their newest cart, with the lines of the cart they filled before they signed in; of a product that
    both hold, the larger quantity. `present_owner` is whoever the visitor was until now, such as a guest.
    """
    found = {
        cart.session_id: cart
        for cart in await session.scalars(
            select(Cart)
            .where(
                Cart.vendor_id == vendor_id,
                (Cart.session_id == session_id) | (Cart.id == _newest(vendor_id, customer_id)),
            )
            .order_by(Cart.id)
            .with_for_update()
        )
    }
    filled = found.pop(session_id, None)
    kept = next(iter(found.values()), None)
    if filled is not None and filled.customer_id == customer_id:
        return session_id
    if filled is None or filled.customer_id not in {None, present_owner}:
        return kept.session_id if kept is not None else session_id
    if kept is None:
        filled.customer_id = customer_id
        return session_id
    await _move_lines(session, filled, kept)
    return kept.session_id


def _newest(vendor_id: int, customer_id: int) -> object:
    return (
        select(Cart.id)
        .where(Cart.vendor_id == vendor_id, Cart.customer_id == customer_id)
        .order_by(Cart.updated_at.desc(), Cart.id.desc())
        .limit(1)
        .scalar_subquery()
    )


async def _move_lines(session: AsyncSession, source: Cart, target: Cart) -> None:
    """Lines beyond what a cart can hold stay where they are."""
    held = set(await session.scalars(select(CartItem.product_id).where(CartItem.cart_id == target.id)))
    lines = await session.scalars(select(CartItem).where(CartItem.cart_id == source.id).order_by(CartItem.id))
    moved = False
    for line in lines.all():
        if line.product_id not in held and len(held) >= MAX_LINES:
            continue
        held.add(line.product_id)
        await _move_line(session, line, target)
        moved = True
    if moved:
        both = [source.id, target.id]
        await session.execute(update(Cart).where(Cart.id.in_(both)).values(version=Cart.version + 1))


async def _move_line(session: AsyncSession, line: CartItem, target: Cart) -> None:
    statement = insert(CartItem).values(
        vendor_id=target.vendor_id, cart_id=target.id, product_id=line.product_id, quantity=line.quantity
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[CartItem.cart_id, CartItem.product_id],
            set_={"quantity": func.greatest(CartItem.quantity, statement.excluded.quantity)},
        )
    )
    await session.delete(line)
