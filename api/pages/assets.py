"""Style sheets and scripts under an address that changes with their content, so browsers may keep them."""

import hashlib
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIRECTORY = Path(__file__).parents[1] / "static"
_YEAR_SECONDS = 31_536_000


def _version() -> str:
    digest = hashlib.sha256()
    for path in sorted(DIRECTORY.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(DIRECTORY).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


VERSION = _version()
PREFIX = f"/assets/{VERSION}"


class Assets(StaticFiles):
    """The files of `api/static`, to be kept for a year: another content has another address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
        return response


def mount(app: FastAPI) -> None:
    """Serve the assets."""
    app.mount(PREFIX, Assets(directory=DIRECTORY), name="assets")


def asset(name: str) -> str:
    """The address of an asset by its path under `api/static`."""
    return f"{PREFIX}/{name}"
