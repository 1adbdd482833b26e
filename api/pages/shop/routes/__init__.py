"""The routes of the shop's pages, one file per noun."""

from fastapi import APIRouter

from api.pages.shop.routes import (
    account_addresses,
    account_invoices,
    account_link,
    account_messages,
    account_orders,
    cart,
    checkout,
    payment,
    products,
    signing_in,
    tracking,
)

PAGES: tuple[APIRouter, ...] = (
    products.router,
    cart.router,
    checkout.router,
    payment.router,
    signing_in.router,
    account_orders.router,
    account_invoices.router,
    account_addresses.router,
    account_messages.router,
    account_link.router,
    tracking.router,
)
