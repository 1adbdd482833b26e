"""How often anybody may ask for what costs the shop something, before they have to wait."""

from dataclasses import dataclass

from domain.errors import RateLimited

# An office or a mobile network is one address; a script that fills the table is a thousand rows an hour.
MOST_GUESTS_FROM_ONE_ADDRESS = 30
# Asking for links is for somebody who forgot, at one shop or two.
MOST_LINKS_FROM_ONE_ADDRESS = 10
# Whoever asked so often has a valid link in their mail; more would only fill somebody's mailbox.
MOST_LINKS_TO_ONE_PERSON = 5


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` requests of `subject` in a window."""

    subject: str
    most: int


def check_request(limit: Limit, *, count: int, seconds_left: int) -> None:
    """Raise RateLimited with `retry_after` in seconds for a request beyond the limit.

    `count` is of the present window, the request itself included; `seconds_left` is until that ends.
    """
    if count > limit.most:
        raise RateLimited("Too many requests; please wait a while.", retry_after=max(1, seconds_left))
