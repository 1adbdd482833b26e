"""From the facts about an order to an e-mail: subject, text and HTML."""

import re
from collections.abc import Mapping
from functools import partial

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from activities.emails import captures, disputes, messages, wording
from activities.emails.facts import EmailKind, OrderFacts, RenderedEmail
from activities.emails.formatting import moment, money
from activities.emails.links import EmailLinks


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("activities.emails"),
        autoescape=select_autoescape(enabled_extensions=("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["moment"] = moment
    environment.globals["wording"] = wording
    environment.globals["captures"] = captures
    environment.globals["disputes"] = disputes
    environment.globals["messages"] = messages
    return environment


_TEMPLATES = _environment()
# The first e-mail about an order, by how it is paid; asking in each of them would be a nuisance.
_INVITING = frozenset({EmailKind.ORDER_RECEIVED, EmailKind.ORDER_CONFIRMATION})
_BLANK_LINES = re.compile(r"\n{3,}")


def render(kind: EmailKind, order: OrderFacts, links: EmailLinks) -> RenderedEmail:
    """The e-mail of this kind; text and HTML come from the same facts and wording."""
    invites = kind in _INVITING and order.customer.is_guest
    given = {
        "shop": order.shop,
        "customer": order.customer,
        "order": order,
        "money": partial(money, currency=order.currency),
        "link": _link(kind, order, links),
        "account_page": links.account_page(vendor_id=order.vendor_id) if invites else None,
    }
    return render_templates(kind, given)


def render_templates(name: str, given: Mapping[str, object]) -> RenderedEmail:
    """The e-mail whose templates have this name."""
    return RenderedEmail(
        subject=_TEMPLATES.get_template(f"{name}.subject.txt").render(given).strip(),
        text=_BLANK_LINES.sub("\n\n", _TEMPLATES.get_template(f"{name}.txt").render(given)).strip() + "\n",
        html=_TEMPLATES.get_template(f"{name}.html").render(given),
    )


def _link(kind: EmailKind, order: OrderFacts, links: EmailLinks) -> str:
    if kind.to_vendor:
        return links.vendor_order(order.order_id)
    return links.tracking(vendor_id=order.vendor_id, order_id=order.order_id, placed_at=order.placed_at)
