"""The running system that is tried: where its parts are, and the clients to reach them by."""

from dataclasses import dataclass
from typing import Any

import httpx
from temporalio.client import Client

from db.session import Database

JSON = dict[str, Any]


@dataclass(frozen=True)
class Town:
    """API and worker as processes, the Stripe sandbox, a mailbox, and PostgreSQL and Temporal behind them.

    `form_url` is where the browser's payment form finds Stripe, where that is another way.
    """

    api_url: str
    stripe_url: str
    stripe_secret_key: str
    mail_url: str
    database: Database
    temporal: Client
    task_queue: str
    form_url: str | None = None

    async def sandbox(self, method: str, path: str, body: JSON | None = None) -> JSON:
        """Speak to the sandbox's controls."""
        async with httpx.AsyncClient(base_url=self.stripe_url, timeout=20, trust_env=False) as client:
            answer = await client.request(method, f"/_sandbox/{path}", json=body)
            answer.raise_for_status()
            found: JSON = answer.json()
        return found

    async def stripe_objects(self, kind: str) -> list[JSON]:
        """All objects of a kind, such as `charges`."""
        found: list[JSON] = []
        key = {"Authorization": f"Bearer {self.stripe_secret_key}"}
        async with httpx.AsyncClient(base_url=self.stripe_url, timeout=20, trust_env=False) as client:
            more = True
            while more:
                after = {"starting_after": found[-1]["id"]} if found else {}
                answer = await client.get(f"/v1/{kind}", params={"limit": "100", **after}, headers=key)
                answer.raise_for_status()
                page = answer.json()
                found += page["data"]
                more = page["has_more"]
        return found

    async def mails(self) -> list[JSON]:
        """All that the mailbox holds."""
        async with httpx.AsyncClient(base_url=self.mail_url, timeout=20, trust_env=False) as client:
            found: list[JSON] = (await client.get("/api/messages")).json()
        return found
