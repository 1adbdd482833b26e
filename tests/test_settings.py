"""The settings: what production refuses."""

import pytest
from pydantic import ValidationError

from settings import Settings

SECRETS = {"jwt_secret": "j" * 32, "link_secret": "l" * 32, "stripe_webhook_secret": "whsec_production"}


@pytest.mark.parametrize("name", SECRETS)
def test_production_refuses_each_development_secret(name: str) -> None:
    given = {other: secret for other, secret in SECRETS.items() if other != name}

    with pytest.raises(ValidationError, match=f"ORION_{name.upper()} has to be set in production"):
        Settings.model_validate({"environment": "production", **given})


def test_production_takes_secrets_of_its_own() -> None:
    settings = Settings.model_validate({"environment": "production", **SECRETS})

    assert settings.link_secret.get_secret_value() == "l" * 32
