"""Keys of forms: what a form asks for happens once, however often it is sent."""

import hashlib
import json
import re
from typing import Any
from uuid import uuid4

from api.pages.forms import Form

_KEY = re.compile(r"[0-9a-f]{32}")


def new_key() -> str:
    """The key of a form that is shown anew, for its hidden field `key`."""
    return uuid4().hex


def kept_key(form: Form) -> str:
    """The key that a form came with, to be sent once more; a new one where it had none."""
    given = form.get("key")
    return given if _KEY.fullmatch(given) else new_key()


def command_key(form: Form, body: dict[str, Any]) -> str:
    """The idempotency key of what a form asks for: the same form with other words asks for something else."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return f"page-{kept_key(form)}-{digest}"
