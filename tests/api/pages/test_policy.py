"""What pages may load."""

import httpx
import pytest

from api.pages.policy import content_security_policy
from tests.api.storefront import Storefront


def rules(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";")]
    assert len({name for name, *_ in parts}) == len(parts), "a directive that is repeated is ignored"
    return {name: sources for name, *sources in parts}


def test_page_loads_nothing_but_ours() -> None:
    policy = rules(content_security_policy())

    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert {source for sources in policy.values() for source in sources} == {"'none'", "'self'"}


@pytest.mark.parametrize("address", ["https://js.stripe.com/v3/", "http://127.0.0.1:12111/v3/"])
def test_payment_page_loads_stripe_besides(address: str) -> None:
    plain, policy = rules(content_security_policy()), rules(content_security_policy(address))
    origin = address.removesuffix("/v3/")

    for name in ("script-src", "frame-src", "connect-src"):
        assert origin in policy[name]
        assert len(set(policy[name])) == len(policy[name])
    assert "https://hooks.stripe.com" in policy["frame-src"]
    assert "https://api.stripe.com" in policy["connect-src"]
    unchanged = set(plain) - {"script-src", "connect-src"}
    assert {name: policy[name] for name in unchanged} == {name: plain[name] for name in unchanged}
    assert not any("unsafe" in source or source == "*" for sources in policy.values() for source in sources)


async def test_every_kind_of_answer_carries_it(client: httpx.AsyncClient, storefront: Storefront) -> None:
    shop = f"/shop/{storefront.vendor.id}"
    for path, status in ((shop, 200), (f"{shop}/login", 200), (f"{shop}/products/999999", 404), ("/", 200)):
        answer = await client.get(path)
        assert answer.status_code == status
        assert answer.headers["content-security-policy"] == content_security_policy()
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
