"""Forms: what a page sent, checked to be from our own page, and turned into the models of the JSON routes."""

from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from api.cookies import CSRF_FIELD, CSRF_HEADER, check_csrf
from api.dependencies import SettingsDep
from api.pages.wording import FIELD_PROBLEMS, UNCLEAR_FIELD
from api.schemas.base import PathId

Model = TypeVar("Model", bound=BaseModel)
_MAX_FIELDS = 50


@dataclass
class Form:
    """The fields of a form as they were typed, and what is wrong with them by field."""

    values: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

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


async def _form(request: Request, vendor_id: PathId, settings: SettingsDep) -> Form:
    sent = await request.form(max_files=0, max_fields=_MAX_FIELDS)
    values = {name: value for name, value in sent.items() if not isinstance(value, UploadFile)}
    given = values.pop(CSRF_FIELD, None) or request.headers.get(CSRF_HEADER)
    check_csrf(request, settings, vendor_id, given)
    return Form(values)


SentForm = Annotated[Form, Depends(_form)]
# For routes that read nothing of the form and still have to know that it is ours.
from_our_page = Depends(_form)
