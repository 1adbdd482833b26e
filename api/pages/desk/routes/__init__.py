"""The routes of the desk's pages, one file per noun."""

from fastapi import APIRouter

from api.pages.desk.routes import (
    analytics,
    bulk,
    invoice_issuer,
    invoices,
    order,
    order_invoices,
    order_messages,
    order_notes,
    order_refunds,
    order_status,
    orders,
    own_account,
    passwords,
    people,
    product,
    product_imports,
    products,
    settings,
    shipping_rates,
    signing_in,
)

PAGES: tuple[APIRouter, ...] = (
    signing_in.router,
    orders.router,
    order.router,
    order_status.router,
    order_messages.router,
    order_notes.router,
    order_refunds.router,
    order_invoices.router,
    invoices.router,
    # Before `/products/{product_id}`, which would take `imports` for an id.
    product_imports.router,
    products.router,
    product.router,
    analytics.router,
    bulk.router,
    settings.router,
    shipping_rates.router,
    invoice_issuer.router,
    people.router,
    own_account.router,
    passwords.router,
)
