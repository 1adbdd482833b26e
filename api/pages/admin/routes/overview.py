"""The platform at a glance."""

from fastapi.responses import HTMLResponse

from api.pages.admin.routes.platform import platform_router
from api.pages.admin.visits import SignedInAdmin

router = platform_router()


@router.get("")
async def overview(visit: SignedInAdmin) -> HTMLResponse:
    """How the platform is doing."""
    return visit.page("admin/overview.html")
