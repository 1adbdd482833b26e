"""The connections that the Stripe SDK calls through."""

import ssl
from collections.abc import Mapping

import aiohttp
import stripe


class StripeConnections(stripe.HTTPClient):
    """One pool of connections for all calls; `timeout` in seconds bounds each step of a call.

    Unlike the SDK's own client over aiohttp, it also reports an answer that breaks off as a failure of the
    connection.
    """

    name = "aiohttp"

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=timeout, sock_connect=timeout, sock_read=timeout
        )
        self._session: aiohttp.ClientSession | None = None

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send a request. Raises stripe.APIConnectionError, with the kind of failure as its text."""
        if self._session is None:  # here rather than before, because it belongs to the running loop
            trusted = ssl.create_default_context(cafile=stripe.ca_bundle_path)
            connector = aiohttp.TCPConnector(ssl=trusted)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout)
        try:
            async with self._session.request(method, url, headers=headers, data=post_data) as response:
                return await response.read(), response.status, response.headers
        except (aiohttp.ClientError, TimeoutError) as error:
            kind = type(error).__name__
            raise stripe.APIConnectionError(kind) from None  # type: ignore[no-untyped-call] # the SDK left it untyped

    async def close_async(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
