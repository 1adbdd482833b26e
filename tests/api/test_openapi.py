"""The served OpenAPI document."""

import httpx


async def test_document_describes_problems_and_amounts(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    schemas = document["components"]["schemas"]
    assert schemas["OrderAnswer"]["properties"]["total_amount"]["type"] == "number"
    assert set(schemas["OrderAnswer"]["required"]) == set(schemas["OrderAnswer"]["properties"])
    assert {"code", "detail", "message"} <= set(schemas["Problem"]["required"])
    assert "HTTPValidationError" not in schemas
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            assert "422" not in responses, (path, method)
            assert "application/problem+json" in responses["default"]["content"], (path, method)


async def test_routes_of_customers_ask_for_a_token(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]

    shop = "/api/v1/public/vendors/{vendor_id}"
    assert paths[f"{shop}/orders"]["post"]["security"] == [{"customer": []}]
    assert "security" not in paths[f"{shop}/products"]["get"]
