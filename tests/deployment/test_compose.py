"""docker-compose.yml: valid, complete, and without secrets."""

import importlib.util
import json
import re
from typing import Any

import jsonschema
import pytest

from settings import Settings
from tests.deployment.compose import (
    ROOT,
    MissingVariableError,
    environment,
    interpolate,
    load,
    variables,
)

_SCHEMA = ROOT / "tests" / "deployment" / "compose-spec.json"
_PROCESSES = {"migrate": "db.migrate", "api": "api", "worker": "worker"}
_GIVEN = {
    "POSTGRES_OWNER_PASSWORD": "ownersecret",
    "POSTGRES_APP_PASSWORD": "appsecret",
    "POSTGRES_TEMPORAL_PASSWORD": "temporalsecret",
    "ORION_STRIPE_SECRET_KEY": "sk_test_1",
    "ORION_STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    "ORION_STRIPE_WEBHOOK_SECRET": "whsec_1",
    "ORION_JWT_SECRET": "0123456789abcdef0123456789abcdef",
    "ORION_LINK_SECRET": "fedcba9876543210fedcba9876543210",
}


def _services() -> dict[str, Any]:
    services: dict[str, Any] = load()["services"]
    return services


def _settings(service: str, given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in environment(service, given).items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)


def test_file_follows_the_compose_specification() -> None:
    schema = json.loads(_SCHEMA.read_text(encoding="utf-8"))

    errors = list(jsonschema.Draft7Validator(schema).iter_errors(load()))

    assert [f"{list(error.absolute_path)}: {error.message}" for error in errors] == []


def test_stack_has_every_part() -> None:
    assert {"postgresql", "temporal", "temporal-ui", "mailpit", "migrate", "api", "worker"} <= set(
        _services()
    )


def test_our_services_run_modules_that_exist() -> None:
    commands = {name: service["command"] for name, service in _services().items() if "build" in service}

    assert commands == {name: ["python", "-m", module] for name, module in _PROCESSES.items()}
    for module in _PROCESSES.values():
        spec = importlib.util.find_spec(module)
        assert spec is not None, module
        if spec.submodule_search_locations:
            assert importlib.util.find_spec(f"{module}.__main__") is not None, module


def test_services_run_on_or_are_waited_for() -> None:
    services = _services()
    awaited = {
        (dependency, rule["condition"])
        for service in services.values()
        for dependency, rule in service.get("depends_on", {}).items()
    }

    for name, service in services.items():
        if service["restart"] == "unless-stopped":
            assert service["healthcheck"]["test"][0] == "CMD", name
            assert (name, "service_completed_successfully") not in awaited
        else:
            assert service["restart"] == "on-failure:5"
            assert "healthcheck" not in service
            assert (name, "service_completed_successfully") in awaited
            assert (name, "service_healthy") not in awaited


def test_data_lives_in_named_volumes() -> None:
    mounted = {
        volume.split(":")[0] for service in _services().values() for volume in service.get("volumes", [])
    }

    assert mounted == set(load()["volumes"])


def test_every_variable_is_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^# ([A-Z][A-Z0-9_]*)=", example, re.MULTILINE))

    assert variables() <= named
    assert {name for name in named if not name.startswith("ORION_")} <= variables()


def test_every_setting_reaches_a_process() -> None:
    passed = {name for service in _PROCESSES for name in _services()[service]["environment"]}

    assert passed == {f"ORION_{field.upper()}" for field in Settings.model_fields}


def test_only_migrations_get_the_owner_of_the_tables() -> None:
    holders = {name for name in _PROCESSES if "ownersecret" in str(environment(name, _GIVEN))}

    assert holders == {"migrate"}


@pytest.mark.parametrize("missing", sorted(_GIVEN))
def test_secrets_have_no_default(missing: str) -> None:
    given = {name: value for name, value in _GIVEN.items() if name != missing}

    with pytest.raises(MissingVariableError, match=missing):
        _ = [environment(service, given) for service in _services()]


def test_secrets_are_only_ever_variables() -> None:
    for service in _services().values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|PWD|SECRET|_KEY|_URL", name) and value is not None:
                assert value.startswith("${"), name


@pytest.mark.parametrize("service", sorted(_PROCESSES))
def test_settings_are_accepted_in_production(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(service, _GIVEN, monkeypatch)

    assert settings.environment == "production"
    assert settings.database_url == "postgresql+asyncpg://orion_app:appsecret@postgresql:5432/orion"
    assert settings.temporal_address == "temporal:7233"
    assert settings.smtp_host == "mailpit"
    assert settings.public_url == "http://localhost:8000"


def test_settings_follow_the_file_env(monkeypatch: pytest.MonkeyPatch) -> None:
    given = _GIVEN | {
        "API_PORT": "8123",
        "ORION_TEMPORAL_ADDRESS": "orion.acc.tmprl.cloud:7233",
        "ORION_LOG_LEVEL": "DEBUG",
    }

    settings = _settings("api", given, monkeypatch)

    assert settings.public_url == "http://localhost:8123"
    assert settings.temporal_address == "orion.acc.tmprl.cloud:7233"
    assert settings.log_level == "DEBUG"
    assert [interpolate(port, given) for port in _services()["api"]["ports"]] == ["8123:8000"]


def test_health_checks_ask_where_the_processes_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    api = _settings("api", _GIVEN, monkeypatch)
    worker = _settings("worker", _GIVEN, monkeypatch)

    assert api.api_host == "0.0.0.0"  # noqa: S104 - a container's ports are closed unless published
    assert f"127.0.0.1:{api.api_port}/readyz" in _services()["api"]["healthcheck"]["test"][-1]
    assert worker.worker_metrics_address is not None
    port = worker.worker_metrics_address.rpartition(":")[2]
    assert f"127.0.0.1:{port}/metrics" in _services()["worker"]["healthcheck"]["test"][-1]
