"""The routes of the desk's pages, one file per noun."""

from fastapi import APIRouter

from api.pages.desk.routes import (
    analytics,
    bulk,
    order,
    order_messages,
    order_notes,
    order_refunds,
    order_status,
    orders,
    product,
    products,
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
    products.router,
    product.router,
    analytics.router,
    bulk.router,
)
