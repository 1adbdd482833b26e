"""The documentation's page and its style sheet, from our own origin and without scripts."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse

from api.documentation import render_documentation

STYLE_SHEET = Path(__file__).parents[1] / "static" / "documentation.css"
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Everything in `/openapi.json`, for people."""
    page = render_documentation(request.app.openapi())
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/documentation.css")
async def style_sheet() -> FileResponse:
    """How the page looks."""
    return FileResponse(STYLE_SHEET, media_type="text/css", headers={"Cache-Control": "max-age=300"})
