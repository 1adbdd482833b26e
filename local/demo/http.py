"""The demo's HTTP: one client, and an error that says what was asked and what came back."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from local.errors import StackError

Answer = TypeVar("Answer")
_PAUSE = 0.1


class DemoError(StackError):
    """Something the demo expected did not happen."""


class Http:
    """JSON requests to one server, with the same headers on each."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(base_url=base_url, headers=headers, timeout=30.0, trust_env=False)

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 -- whatever JSON the server answers
        """The JSON answer to a GET; raises DemoError unless it is a success."""
        return self._send("GET", path, params=query or None)

    def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 -- as above
        """The JSON answer to a POST; raises DemoError unless it is a success."""
        return self._send("POST", path, json=body)

    def put(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 -- as above
        """The JSON answer to a PUT; raises DemoError unless it is a success."""
        return self._send("PUT", path, json=body)

    def post_form(self, path: str, form: dict[str, str]) -> Any:  # noqa: ANN401 -- as above
        """The JSON answer to a form; raises DemoError unless it is a success."""
        return self._send("POST", path, data=form)

    def _send(self, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 -- options of httpx
        try:
            response = self._client.request(method, path, **request)
        except httpx.HTTPError as error:
            raise DemoError(f"{method} {self._client.base_url}{path}: {error}") from error
        if not response.is_success:
            raise DemoError(f"{method} {response.url} answered {response.status_code}: {response.text[:500]}")
        return response.json()


def wait_for(what: str, look: Callable[[], Answer | None], patience: float = 60.0) -> Answer:
    """What `look` finds, asked again until it finds something; raises DemoError after `patience` seconds."""
    deadline = time.monotonic() + patience
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise DemoError(f"{what} was not seen within {patience:.0f} s")
        time.sleep(_PAUSE)
    return found
