"""A file that somebody sent, read only once it is known who they are."""

from dataclasses import dataclass
from pathlib import PureWindowsPath

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from api.cookies import CSRF_FIELD
from domain.product_files import MOST_BYTES

_LONGEST_NAME = 120
_MOST_FIELDS = 20


@dataclass(frozen=True)
class SentFile:
    """A file by its name on the sender's machine, and the fields of the form that it came in."""

    filename: str
    content: bytes
    fields: dict[str, str]

    @property
    def csrf_token(self) -> str | None:
        """What the page put into its form."""
        return self.fields.get(CSRF_FIELD)


async def read_file(request: Request) -> SentFile:
    """The file of a form's field `file`, or the body itself if it is no form; empty where there is none.

    A form's file goes to the disk while it arrives. Raises HTTPException with 413 for one that is too large.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return SentFile("products.csv", _limited(await request.body()), {})
    async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        sent = form.get("file")
        if not isinstance(sent, UploadFile):
            return SentFile("", b"", fields)
        if sent.size is not None and sent.size > MOST_BYTES:
            raise HTTPException(413)
        return SentFile(_shown(sent.filename or ""), _limited(await sent.read()), fields)


def _limited(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise HTTPException(413)
    return content


def _shown(filename: str) -> str:
    """The name without folders and without what nobody can read."""
    name = PureWindowsPath(filename.replace("/", "\\")).name
    return "".join(character for character in name if character.isprintable())[:_LONGEST_NAME]
