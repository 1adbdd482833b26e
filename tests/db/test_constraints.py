"""Rows that break an invariant are refused by the database, whatever code writes them."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from db.session import Database
from db.tables import Base
from tests.db.rows import copy_of, fill_every_table

TABLES = Base.metadata.tables


@pytest.mark.parametrize(
    ("table", "changes", "constraint"),
    [
        ("inventory", {"available_quantity": -1}, "ck_inventory_available_not_negative"),
        ("inventory", {"reserved_quantity": -1}, "ck_inventory_reserved_not_negative"),
        ("products", {"price": -1}, "ck_products_price_not_negative"),
        ("cart_items", {"quantity": 0}, "ck_cart_items_quantity_positive"),
        ("order_items", {"quantity": 0}, "ck_order_items_quantity_positive"),
        ("orders", {"paid_amount": 2}, "ck_orders_paid_within_total"),
        ("orders", {"refunded_amount": 1}, "ck_orders_refunded_within_paid"),
        ("orders", {"refund_pending_amount": 1}, "ck_orders_refunded_within_paid"),
        (
            "orders",
            {"paid_amount": 1, "refunded_amount": "0.60", "refund_pending_amount": "0.41"},
            "ck_orders_refunded_within_paid",
        ),
        ("orders", {"tax_amount": "-0.01"}, "ck_orders_amounts_not_negative"),
        ("orders", {"status": "cancelled"}, "ck_orders_cancel_reason"),
        ("orders", {"cancel_reason": "customer"}, "ck_orders_cancel_reason"),
        ("orders", {"status": "lost"}, "ck_orders_status"),
        ("orders", {"payment_status": "maybe"}, "ck_orders_payment_status"),
        ("order_events", {"sequence": 0}, "ck_order_events_sequence_positive"),
        ("order_events", {"actor_type": "nobody"}, "ck_order_events_actor_type"),
        ("refunds", {"amount": 0}, "ck_refunds_amount_positive"),
        ("refunds", {"status": "maybe"}, "ck_refunds_status"),
        ("refunds", {"shipping_amount": "1.01"}, "ck_refunds_shipping_within_amount"),
        ("refunds", {"shipping_amount": "-0.01"}, "ck_refunds_shipping_within_amount"),
        ("inventory_movements", {"movement_type": "lost"}, "ck_inventory_movements_movement_type"),
        ("order_notes", {"body": ""}, "ck_order_notes_body_length"),
        ("order_notes", {"body": "x" * 4001}, "ck_order_notes_body_length"),
        ("orders", {"disputed_amount": "-0.01"}, "ck_orders_disputed_not_negative"),
        ("orders", {"charged_back_amount": "-0.01"}, "ck_orders_disputed_not_negative"),
        ("disputes", {"outcome": "drawn"}, "ck_disputes_outcome"),
        ("disputes", {"amount": "-0.01"}, "ck_disputes_amount_not_negative"),
        ("placements", {"state": "lost"}, "ck_placements_state"),
        ("customers", {"total_spent": "-0.01"}, "ck_customers_totals_not_negative"),
        ("customers", {"account_id": 1}, "ck_customers_only_guests_have_accounts"),
        ("vendors", {"payment_window": 0}, "ck_vendors_windows"),
        ("invoices", {"kind": "credit_note"}, "ck_invoices_corrects"),
        ("invoices", {"total_amount": "-0.01"}, "ck_invoices_amounts"),
        ("invoices", {"tax_amount": "1.01"}, "ck_invoices_amounts"),
    ],
)
async def test_row_cannot_become_wrong(
    database: Database, table: str, changes: dict[str, Any], constraint: str
) -> None:
    await fill_every_table(database, "one")
    async with database.platform() as session:
        with pytest.raises(IntegrityError, match=f'"{constraint}"'):
            await session.execute(update(TABLES[table]).values(changes))


@pytest.mark.parametrize(
    ("table", "changes", "constraint"),
    [
        ("order_events", {"type": "other"}, "uq_order_events_order_id_sequence"),
        (
            "placements",
            {"cart_version": 2, "order_number": "N-2"},
            "uq_placements_vendor_id_customer_id_idempotency_key",
        ),
        (
            "placements",
            {"idempotency_key": "other", "order_number": "N-2"},
            "uq_placements_cart_id_cart_version",
        ),
        (
            "placements",
            {"idempotency_key": "other", "cart_version": 2},
            "uq_placements_order_number",
        ),
        ("orders", {"order_number": "N-2"}, "uq_orders_placement_id"),
        ("order_items", {}, "uq_order_items_order_id_position"),
        ("payments", {"provider_reference": "pi_2"}, "uq_payments_order_id"),
        ("refunds", {}, "uq_refunds_refund_key"),
        ("disputes", {}, "uq_disputes_provider_reference"),
        ("emails", {"message_id": "other"}, "uq_emails_order_id_email_key"),
        ("order_commands", {}, "uq_order_commands_order_id_actor_type_actor_id_idempotency_key"),
        ("cart_items", {}, "uq_cart_items_cart_id_product_id"),
        ("carts", {}, "uq_carts_vendor_id_session_id"),
        ("customers", {"email": "CUSTOMERS-EMAIL-ONE"}, "uq_customers_vendor_id_email"),
        ("products", {}, "uq_products_vendor_id_sku"),
        ("shipping_rates", {}, "uq_shipping_rates_vendor_id_code_countries"),
    ],
)
async def test_row_cannot_be_there_twice(
    database: Database, table: str, changes: dict[str, Any], constraint: str
) -> None:
    rows = await fill_every_table(database, "one")
    async with database.platform() as session:
        with pytest.raises(IntegrityError, match=f'"{constraint}"'):
            await session.execute(insert(TABLES[table]).values(copy_of(table, rows[table], **changes)))


async def test_one_address_may_be_many_guests_and_one_account(database: Database) -> None:
    rows = await fill_every_table(database, "one")
    table = TABLES["customers"]
    account = rows["customers"]
    guest = copy_of("customers", account, password_hash=None)
    async with database.platform() as session:
        for _ in range(2):
            await session.execute(insert(table).values(guest | {"account_id": account["id"]}))
        found = await session.execute(select(table.c.id).where(table.c.email == account["email"]))
    assert len(found.all()) == 3


async def test_second_default_address_is_refused(database: Database) -> None:
    rows = await fill_every_table(database, "one")
    table = TABLES["customer_addresses"]
    async with database.platform() as session:
        await session.execute(update(table).values(is_default=True))
        second = copy_of(table.name, rows[table.name])
        await session.execute(insert(table).values(second))
        with pytest.raises(IntegrityError, match="uq_customer_addresses_default"):
            await session.execute(insert(table).values(second | {"is_default": True}))


async def test_stock_moves_once_for_a_reference(database: Database) -> None:
    rows = await fill_every_table(database, "one")
    table = TABLES["inventory_movements"]
    by_hand = copy_of(table.name, rows[table.name], movement_type="adjusted")
    for_order = by_hand | {"movement_type": "reserved", "reference": "ACME-20261122-00001"}
    async with database.platform() as session:
        await session.execute(insert(table).values([by_hand, by_hand, for_order]))
        with pytest.raises(IntegrityError, match="uq_inventory_movements_reference"):
            await session.execute(insert(table).values(for_order))


async def test_shipping_is_refunded_once_unless_the_first_refund_failed(database: Database) -> None:
    rows = await fill_every_table(database, "one")
    table = TABLES["refunds"]
    again = copy_of("refunds", rows["refunds"], refund_key="second", shipping_amount=1)
    async with database.platform() as session:
        await session.execute(update(table).values(shipping_amount=1, status="failed"))
        await session.execute(insert(table).values(again))
        with pytest.raises(IntegrityError, match="uq_refunds_shipping_once"):
            await session.execute(update(table).values(status="pending"))
