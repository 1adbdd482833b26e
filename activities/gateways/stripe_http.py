"""The connections that the Stripe SDK calls through."""

from collections.abc import Mapping

import httpx
import stripe


class StripeConnections(stripe.HTTPClient):
    """One pool of connections for all calls; `timeout` in seconds bounds each step of a call.

    The SDK's own HTTPX client hands the body over in a way that httpx deprecates with a warning at each call.
    """

    name = "httpx"

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._client = httpx.AsyncClient(timeout=timeout)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send a request. Raises stripe.APIConnectionError, with the kind of failure as its text."""
        try:
            response = await self._client.request(method, url, headers=headers, content=post_data)
        except httpx.TransportError as error:
            kind = type(error).__name__
            raise stripe.APIConnectionError(kind) from None  # type: ignore[no-untyped-call] # the SDK left it untyped
        return response.content, response.status_code, response.headers

    async def close_async(self) -> None:
        """Close the connections."""
        await self._client.aclose()
