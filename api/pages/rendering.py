"""Templates to answers: one environment per language, and the headers every page carries."""

import gettext
import math
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from jinja2.ext import i18n
from markupsafe import Markup

from api.dependencies import Context
from api.pages.assets import asset
from api.pages.languages import Language
from api.pages.pictures import draw_picture
from api.pages.policy import content_security_policy
from api.pages.wording import LABELS


def language_of(request: Request) -> Language:
    """The language this request wants."""
    context = cast("Context", request.app.state.context)
    return context.languages.choose(request.headers.get("accept-language"))


def render_page(
    request: Request,
    template: str,
    facts: dict[str, Any],
    *,
    status_code: int = 200,
    stripe_js_url: str | None = None,
) -> HTMLResponse:
    """A page in the visitor's language; `stripe_js_url` is for pages that take payments."""
    language = language_of(request)
    text = _environment(language.translations).get_template(template).render({**facts, "language": language})
    headers = {
        "Content-Security-Policy": content_security_policy(stripe_js_url),
        "Content-Language": language.code,
        "Cache-Control": "no-store",
        "Vary": "Accept-Language, Cookie",
        # Payment pages: Stripe has to see which site it is on. No path leaves this site either way.
        "Referrer-Policy": "strict-origin-when-cross-origin" if stripe_js_url else "same-origin",
    }
    return HTMLResponse(text, status_code=status_code, headers=headers)


@cache
def _environment(translations: gettext.NullTranslations) -> Environment:
    environment = Environment(
        loader=PackageLoader("api"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        auto_reload=False,  # each page would ask the disk for each of its templates
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[i18n],
    )
    # The extension adds this method at run time.
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(asset=asset, labels=LABELS, drawing=_drawing, seconds_until=_seconds_until)
    return environment


def _seconds_until(moment: datetime) -> int:
    """How long until then, for scripts, which must not rely on the visitor's clock."""
    return max(0, math.ceil((moment - datetime.now(UTC)).total_seconds()))


def _drawing(*, sku: str, title: str) -> Markup:
    """A product's picture as part of a page, for products that have no page of their own any more."""
    return Markup(draw_picture(sku=sku, title=title))  # noqa: S704 -- it escapes what it is given
