"""The platform at a glance."""

from datetime import UTC, datetime

from fastapi.responses import HTMLResponse

from api.dependencies import DatabaseDep, EngineDep
from api.pages.admin.routes.platform import platform_router
from api.pages.admin.visits import SignedInAdmin
from api.routes.health import what_is_missing
from db.queries import findings, platform_figures

router = platform_router()
_SHOWN_FINDINGS = 20


@router.get("")
async def overview(visit: SignedInAdmin, database: DatabaseDep, engine: EngineDep) -> HTMLResponse:
    """How the platform is doing: sales, what waits for somebody, and whether its parts are reached."""
    async with database.platform() as session:
        sales = await platform_figures.read_sales(session, now=datetime.now(UTC))
        attention = await platform_figures.read_attention(session)
        found = await findings.list_open(session, limit=_SHOWN_FINDINGS)
    return visit.page(
        "admin/overview.html",
        sales=sales,
        attention=attention,
        most=platform_figures.MOST_COUNTED,
        findings=found,
        missing=await what_is_missing(database, engine),
    )
