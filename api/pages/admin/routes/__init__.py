"""The routes of the platform's pages, one file per noun."""

from fastapi import APIRouter

from api.pages.admin.routes import overview, signing_in

PAGES: tuple[APIRouter, ...] = (
    signing_in.router,
    overview.router,
)
