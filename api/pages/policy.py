"""What a page may load: nothing but ours, and on payment pages Stripe's script and frames."""

from urllib.parse import urlsplit

_OURS = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
# https://docs.stripe.com/security/guide#content-security-policy
_STRIPE = {
    "script-src": ["https://js.stripe.com", "https://*.js.stripe.com"],
    "frame-src": ["https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"],
    "connect-src": ["https://api.stripe.com"],
}


def content_security_policy(stripe_js_url: str | None = None) -> str:
    """The `Content-Security-Policy` of a page; one that takes payments names where Stripe.js comes from."""
    rules = {name: list(sources) for name, sources in _OURS.items()}
    if stripe_js_url is not None:
        address = urlsplit(stripe_js_url)
        for name, sources in _STRIPE.items():
            allowed = dict.fromkeys([f"{address.scheme}://{address.netloc}", *sources])
            rules[name] = [*rules.get(name, []), *allowed]
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())
