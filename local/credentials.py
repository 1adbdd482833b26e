"""The keys and passwords of one local stack, made once and kept in its home."""

import secrets
from dataclasses import asdict, dataclass, fields

from local.home import Home, read_json, write_json


def _token() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Random per home, so that no two stacks accept each other's tokens, webhooks or connections."""

    jwt_secret: str
    link_secret: str
    stripe_secret_key: str
    stripe_publishable_key: str
    stripe_webhook_secret: str
    database_password: str
    database_owner_password: str
    database_app_password: str

    @classmethod
    def of(cls, home: Home) -> "Credentials":
        """Read the home's credentials; makes and keeps the ones that are missing."""
        known = read_json(home.secrets_file) or {}
        made = {
            "jwt_secret": secrets.token_hex(32),
            "link_secret": secrets.token_hex(32),
            "stripe_secret_key": f"sk_test_{_token()}",
            "stripe_publishable_key": f"pk_test_{_token()}",
            "stripe_webhook_secret": f"whsec_{_token()}",
            "database_password": _token(),
            "database_owner_password": _token(),
            "database_app_password": _token(),
        }
        names = [field.name for field in fields(cls)]
        credentials = cls(**{name: str(known.get(name) or made[name]) for name in names})
        if known != asdict(credentials):
            write_json(home.secrets_file, known | asdict(credentials))
        home.secrets_file.chmod(0o600)
        return credentials
