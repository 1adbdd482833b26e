"""The application: its parts, its routes and its errors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from api import middleware, problems
from api.admission import Admission, AdmissionPolicy
from api.admission_limit import LimitPolicy
from api.amounts import AmountJSONResponse
from api.dependencies import Context
from api.engine import Engine
from api.exporting import ExportSlots
from api.live.hub import Hub
from api.openapi import describe_problems
from api.pages import errors as page_errors
from api.pages import home
from api.pages.admin.routes import PAGES as PLATFORM_PAGES
from api.pages.assets import mount as mount_assets
from api.pages.desk.routes import PAGES as DESK_PAGES
from api.pages.languages import LANGUAGES, Languages
from api.pages.shop.routes import PAGES as SHOP_PAGES
from api.placement_outcomes import PlacementOutcomes
from api.routes import (
    admin,
    admin_tax_rates,
    admin_vendors,
    documentation,
    health,
    shop_accounts,
    shop_addresses,
    shop_carts,
    shop_checkout,
    shop_customers,
    shop_invoices,
    shop_live,
    shop_messages,
    shop_orders,
    shop_products,
    shop_tracking,
    vendor_analytics,
    vendor_bulk,
    vendor_cancellations,
    vendor_exports,
    vendor_imports,
    vendor_invoice_issuer,
    vendor_invoices,
    vendor_live,
    vendor_messages,
    vendor_notes,
    vendor_orders,
    vendor_products,
    vendor_refunds,
    vendor_settings,
    vendor_sign_in,
    vendor_stock,
    vendor_users,
    webhooks,
)
from api.tokens import Tokens
from db.session import Database
from settings import Settings

PAGES: tuple[APIRouter, ...] = (home.router, *SHOP_PAGES, *DESK_PAGES, *PLATFORM_PAGES)

# One router per file of api/routes, in the order of the documentation.
ROUTERS: tuple[APIRouter, ...] = (
    # Shop.
    shop_products.router,
    shop_customers.router,
    shop_accounts.router,
    shop_addresses.router,
    shop_carts.router,
    shop_checkout.router,
    shop_orders.router,
    shop_invoices.router,
    shop_live.router,
    shop_tracking.router,
    shop_messages.router,
    # Vendor.
    vendor_sign_in.router,
    # Before `/orders/{order_id}`, which would take `events`, `export.csv` and `bulk-status` for ids.
    vendor_live.router,
    vendor_exports.router,
    vendor_bulk.router,
    vendor_orders.router,
    vendor_cancellations.router,
    vendor_refunds.router,
    vendor_messages.router,
    vendor_notes.router,
    vendor_invoices.router,
    # Before `/products/{product_id}`, which would take `imports` for an id.
    vendor_imports.router,
    vendor_products.router,
    vendor_stock.router,
    vendor_settings.router,
    vendor_invoice_issuer.router,
    vendor_users.router,
    vendor_analytics.router,
    # Admin.
    admin.router,
    admin_vendors.router,
    admin_tax_rates.router,
    # Webhooks, health, metrics.
    webhooks.router,
    health.router,
    documentation.router,
)


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    engine: Engine | None = None,
    languages: Languages = LANGUAGES,
) -> FastAPI:
    """The API. Connects to PostgreSQL and Temporal on first use, so it starts while either is down.

    A database that is given stays open when the application ends; one made here is closed.
    """
    own_database = database is None
    context = Context(
        settings=settings,
        database=database
        or Database(
            settings.database_url,
            pool_size=settings.database_pool_size,
            timeout=settings.database_timeout,
            pool_wait=settings.database_wait,
        ),
        engine=engine or Engine(settings),
        tokens=Tokens(settings.jwt_secret.get_secret_value(), settings.token_lifetime),
        hub=Hub(settings.database_url),
        outcomes=PlacementOutcomes(settings.database_url),
        languages=languages,
        exports=ExportSlots(max(1, settings.database_pool_size // 5)),
        admission=Admission(
            AdmissionPolicy(LimitPolicy(delay=settings.place_target), max_wait=settings.place_wait)
        ),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        context.outcomes.open()
        yield
        await context.stop_listening()
        if own_database:
            await context.database.close()

    app = FastAPI(
        title="Orion orders",
        version="0.1.0",
        description="The order system of a multi-vendor shop platform.",
        lifespan=lifespan,
        default_response_class=AmountJSONResponse,
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = context
    problems.install(app)
    middleware.install(app)
    app.state.metrics.watch_admission(context.admission)
    app.state.metrics.watch_outcomes(context.outcomes)
    page_errors.install(app)
    for router in (*ROUTERS, *PAGES):
        app.include_router(router)
    mount_assets(app)
    describe_problems(app)
    return app
