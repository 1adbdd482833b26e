"""Addresses as forms: what was typed as an entry of the address book."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.forms import Form
from api.pages.wording import COUNTRY_NOT_SUPPORTED
from api.schemas.addresses import AddressRequest
from db.queries import pricing
from db.tables import CustomerAddress
from domain.errors import CountryNotSupported

_CHECKED = "true"


async def read_address(session: AsyncSession, form: Form, *, prefix: str = "") -> AddressRequest | None:
    """The address that was typed, its country as it is stored; None leaves the form's `problems` filled.

    `prefix` stands before the names of the fields where a page has more than one address.
    """
    names = {name.removeprefix(prefix): name for name in form.values if name.startswith(prefix)}
    own = Form({name: form.values[full] for name, full in names.items()})
    given = own.read(AddressRequest, is_default=own.get("is_default") == _CHECKED)
    if given is not None:
        try:
            country = await pricing.check_country(session, country=given.country, on=datetime.now(UTC).date())
            given = given.model_copy(update={"country": country})
        except CountryNotSupported:
            own.problems["country"] = COUNTRY_NOT_SUPPORTED
            given = None
    form.problems.update({f"{prefix}{name}": problem for name, problem in own.problems.items()})
    return given


def filled_form(address: CustomerAddress) -> Form:
    """A form that shows an entry of the address book."""
    names = set(AddressRequest.model_fields) - {"is_default"}
    values = {name: getattr(address, name) or "" for name in names}
    return Form({**values, "is_default": _CHECKED if address.is_default else ""})
