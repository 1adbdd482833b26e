"""Forms: what a page sent, checked to be from our own page, and turned into the models of the JSON routes."""

from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from api.cookies import CSRF_FIELD, CSRF_HEADER, DESK, PLATFORM, Realm, check_csrf, shop_realm
from api.dependencies import SettingsDep
from api.pages.wording import FIELD_PROBLEMS, UNCLEAR_FIELD

Model = TypeVar("Model", bound=BaseModel)
_MAX_FIELDS = 300


@dataclass
class Form:
    """The fields of a form as they were typed, and what is wrong with them by field.

    Of a name that comes several times `values` has the last, and `chosen` all.
    """

    values: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, list[str]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """What was typed; empty for a field that is missing."""
        return self.values.get(name, "")

    def read(self, model: type[Model], **given: object) -> Model | None:
        """The model out of the fields of its names; None leaves `problems` filled.

        `given` are values that no field of the form holds. An empty field that may be missing is.
        """
        fields = model.model_fields
        typed = {
            name: text
            for name, text in self.values.items()
            if name in fields and (text or fields[name].is_required())
        }
        try:
            return model.model_validate({**typed, **given})
        except ValidationError as error:
            for part in error.errors():
                name = str(part["loc"][0]) if part["loc"] else ""
                self.problems.setdefault(name, FIELD_PROBLEMS.get(part["type"], UNCLEAR_FIELD))
            return None


async def _form(request: Request, settings: SettingsDep) -> Form:
    sent = await request.form(max_files=0, max_fields=_MAX_FIELDS)
    values: dict[str, str] = {}
    chosen: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if not isinstance(value, UploadFile):
            values[name] = value
            chosen.setdefault(name, []).append(value)
    given = values.pop(CSRF_FIELD, None) or request.headers.get(CSRF_HEADER)
    check_csrf(request, settings, realm_of(request), given)
    return Form(values, chosen=chosen)


def realm_of(request: Request) -> Realm:
    """The pages that this one belongs to, by its path."""
    first, _, rest = request.url.path.removeprefix("/").partition("/")
    if first == "shop":
        vendor_id = rest.partition("/")[0]
        # Another path is refused for what it is, once the form was let through or not.
        return shop_realm(int(vendor_id) if vendor_id.isdecimal() else 0)
    return PLATFORM if first == "admin" else DESK


SentForm = Annotated[Form, Depends(_form)]
# For routes that read nothing of the form and still have to know that it is ours.
from_our_page = Depends(_form)
