"""The routes of the platform's pages, one file per noun."""

from fastapi import APIRouter

from api.pages.admin.routes import overview, passwords, signing_in, tax_rates, vendors

PAGES: tuple[APIRouter, ...] = (
    signing_in.router,
    passwords.router,
    overview.router,
    vendors.router,
    tax_rates.router,
)
