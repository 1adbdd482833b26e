"""What every MailGateway does; the real one and the one that tests use in its place keep to it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from activities.gateways.mail import MailGateway, MailRejected, OutgoingEmail

EMAIL = OutgoingEmail(
    to="jane@example.com",
    subject="Order ACME-20261122-00042 is confirmed",
    text="Hello Jane,\n\nthank you.\n",
    html="<p>Hello Jane,</p>\n<p>thank you.</p>\n",
    message_id="<acme-20261122-00042.order_confirmation@orion.example>",
    sender_name="Acme",
    reply_to="shop@acme.example",
)
Received = Callable[[], Awaitable[list[dict[str, Any]]]]


async def check_mail_gateway(gateway: MailGateway, received: Received) -> None:
    """Delivers as given, repeats under the same Message-ID, refuses an address that is none."""
    await gateway.send(EMAIL)
    await gateway.send(EMAIL)
    with pytest.raises(MailRejected) as rejection:
        await gateway.send(replace(EMAIL, to="nobody at example.com"))
    assert "nobody" not in str(rejection.value)
    arrived = await received()
    assert {(one["to"], one["subject"], one["message_id"]) for one in arrived} == {
        (EMAIL.to, EMAIL.subject, EMAIL.message_id)
    }
    assert {one["text"] for one in arrived} == {EMAIL.text}
