"""From the facts about an order to an e-mail: subject, text and HTML."""

import re
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
_BLANK_LINES = re.compile(r"\n{3,}")


def render(kind: EmailKind, order: OrderFacts, links: EmailLinks) -> RenderedEmail:
    """The e-mail of this kind; text and HTML come from the same facts and wording."""
    given = {
        "order": order,
        "money": partial(money, currency=order.currency),
        "link": _link(kind, order, links),
    }
    return RenderedEmail(
        subject=_TEMPLATES.get_template(f"{kind}.subject.txt").render(given).strip(),
        text=_BLANK_LINES.sub("\n\n", _TEMPLATES.get_template(f"{kind}.txt").render(given)).strip() + "\n",
        html=_TEMPLATES.get_template(f"{kind}.html").render(given),
    )


def _link(kind: EmailKind, order: OrderFacts, links: EmailLinks) -> str:
    if kind.to_vendor:
        return links.vendor_order(order.order_id)
    return links.tracking(vendor_id=order.vendor_id, order_id=order.order_id, placed_at=order.placed_at)
