"""The documentation's page and the document behind it."""

import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

PUBLIC = {
    "/webhooks/stripe",
    "/healthz",
    "/readyz",
    "/metrics",
    # Whoever signs in, or cannot because the password is forgotten.
    *(
        f"/api/v1/{part}/{what}"
        for part in ("vendor", "admin")
        for what in ("login", "password-link", "password")
    ),
}


async def _document(client: httpx.AsyncClient) -> dict[str, Any]:
    document: dict[str, Any] = (await client.get("/openapi.json")).json()
    return document


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src"}:
                self.links.append(value or "")
            if name == "style" or name.startswith("on"):
                self.inline.append(name)


async def test_page_needs_no_script_and_no_foreign_host(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs")
    page = _Page()
    page.feed(answer.text)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "script" not in page.tags
    assert "style" not in page.tags
    assert page.inline == []
    assert all(link.startswith(("#", "/")) and not link.startswith("//") for link in page.links)
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    [sheet] = [link for link in page.links if link.endswith(".css")]
    style = await client.get(sheet)
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "url(" not in style.text


async def test_page_shows_every_operation_and_schema_and_all_its_links_lead_somewhere(
    client: httpx.AsyncClient,
) -> None:
    page = _Page()
    page.feed((await client.get("/docs")).text)
    document = await _document(client)

    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    for path, operations in document["paths"].items():
        for method in operations:
            anchor = re.sub(r"[^a-z0-9]+", "-", f"{method}-{path}".lower()).strip("-")
            assert anchor in page.ids
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= set(page.ids)


async def test_every_operation_says_what_it_does_and_answers(client: httpx.AsyncClient) -> None:
    document = await _document(client)

    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert operation["tags"], where
            success = [answer for status, answer in operation["responses"].items() if status[0] == "2"]
            assert success, where
            for status, answer in operation["responses"].items():
                if status[0] in "45":
                    assert set(answer["content"]) == {"application/problem+json"}, where


async def test_every_reference_in_the_document_exists(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json")
    schemas = answer.json()["components"]["schemas"]

    references = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert references <= set(schemas)


@pytest.mark.parametrize(
    ("prefix", "audience"),
    [("/api/v1/vendor/", "vendor"), ("/api/v1/admin/", "admin"), ("/api/v1/public/", "customer")],
)
async def test_operations_ask_for_their_audiences_token(
    client: httpx.AsyncClient, prefix: str, audience: str
) -> None:
    document = await _document(client)

    schemes = document["components"]["securitySchemes"]
    assert (schemes[audience]["type"], schemes[audience]["scheme"]) == ("http", "bearer")
    asked = {
        (path, str(operation.get("security")))
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if path.startswith(prefix) and path not in PUBLIC
    }
    assert asked
    allowed = {str([{audience: []}])} | ({"None"} if audience == "customer" else set())
    assert {security for _, security in asked} <= allowed
