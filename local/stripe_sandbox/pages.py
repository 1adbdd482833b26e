"""The sandbox's pages: an operator's overview, the 3-D Secure challenge, the Payment Element, Stripe.js."""

from starlette.routing import BaseRoute

from local.stripe_sandbox.endpoint import Api


def routes(api: Api) -> list[BaseRoute]:
    """All pages."""
    return []
