"""The platform's front door: its shops."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.dependencies import DatabaseDep
from api.pages.rendering import render_page
from db.queries.vendors import list_open_vendors

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home(request: Request, database: DatabaseDep) -> HTMLResponse:
    """Every shop that is open."""
    async with database.platform() as session:
        shops = await list_open_vendors(session)
    return render_page(request, "home.html", {"shops": shops})
