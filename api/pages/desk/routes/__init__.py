"""The routes of the desk's pages, one file per noun."""

from fastapi import APIRouter

from api.pages.desk.routes import orders, signing_in

PAGES: tuple[APIRouter, ...] = (
    signing_in.router,
    orders.router,
)
