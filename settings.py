"""Every setting of every process, read from `ORION_*` variables."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_DEVELOPMENT_JWT_SECRET = "development-only-secret-of-32-bytes!"  # noqa: S105 -- refused in production below

_DEVELOPMENT_LINK_SECRET = "development-only-secret-for-signed-links"  # noqa: S105 -- as above


class Settings(BaseSettings):
    """Addresses, secrets and limits; durations are seconds.

    Development defaults fit the local stack. In production the secrets have to be given.
    """

    model_config = SettingsConfigDict(env_prefix="ORION_", env_file=".env", extra="ignore")

    environment: Literal["development", "production"] = "development"
    log_level: str = "INFO"

    database_url: str = "postgresql+asyncpg://orion_app:orion@127.0.0.1:5432/orion"
    database_owner_url: str = "postgresql+asyncpg://orion_owner:orion@127.0.0.1:5432/orion"
    database_pool_size: int = Field(default=20, ge=1)
    database_timeout: float = Field(default=10.0, gt=0)
    database_wait: float = Field(
        default=3.0, gt=0, description="longest a request waits for a connection that others use"
    )

    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_api_key: SecretStr | None = None
    temporal_tls: bool = False
    temporal_compression: bool = Field(
        default=False, description="gzip calls to Temporal: pays where they are few and far, not in one house"
    )
    temporal_ui_url: str | None = None
    task_queue: str = "orders"

    stripe_secret_key: SecretStr = SecretStr("sk_test_orion")
    stripe_publishable_key: str = "pk_test_orion"
    stripe_webhook_secret: SecretStr = SecretStr("whsec_orion")
    stripe_api_url: str | None = None
    stripe_js_url: str = "https://js.stripe.com/v3/"
    stripe_timeout: float = Field(default=20.0, gt=0)

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = False
    mail_from: str = "orders@orion.example"

    jwt_secret: SecretStr = SecretStr(_DEVELOPMENT_JWT_SECRET)
    link_secret: SecretStr = SecretStr(_DEVELOPMENT_LINK_SECRET)
    token_lifetime: int = Field(default=12 * 3600, gt=0)
    public_url: str = "http://127.0.0.1:8000"
    api_host: str = "127.0.0.1"
    api_port: int = 8000
    place_timeout: float = Field(default=10.0, gt=0, description="longest a placing request waits")

    place_target: float = Field(
        default=0.5,
        gt=0,
        description="how much longer an order may take with others beside it before fewer are let in",
    )
    place_wait: float = Field(
        default=2.5, gt=0, description="a placing request that would wait longer for its turn is refused"
    )

    worker_deployment: str = "orion-orders"
    worker_build_id: str | None = Field(
        default=None, description="version of this worker, where several run side by side"
    )
    worker_metrics_address: str | None = None
    workflow_sandbox: bool = Field(
        default=False, description="check at run time that workflows are deterministic, as the tests do"
    )
    worker_grace: float = Field(default=20.0, ge=0, description="time running activities get at shutdown")
    payment_poll_first: float = Field(default=60.0, gt=0, description="first poll of an unpaid PaymentIntent")

    bulk_window: int = Field(
        default=2, ge=1, description="orders that bulk changes have under way at a time, in each worker"
    )
    bulk_rate: float = Field(
        default=20.0, gt=0, description="orders a second that bulk changes begin, in each worker"
    )

    reconcile_every: int = Field(default=3600, ge=0, description="time between reconciliations; 0: none")
    reconcile_min_age: float = Field(
        default=600.0, ge=0, description="what changed more recently is left for the next reconciliation"
    )
    reconcile_lookback: float = Field(
        default=604_800.0, gt=0, description="how long what is over is still compared"
    )
    reconcile_page_size: int = Field(default=100, ge=1, le=1000)

    @model_validator(mode="after")
    def _refuse_development_secrets_in_production(self) -> Self:
        if self.environment == "production":
            if self.jwt_secret.get_secret_value() == _DEVELOPMENT_JWT_SECRET:
                raise ValueError("ORION_JWT_SECRET has to be set in production")
            if self.link_secret.get_secret_value() == _DEVELOPMENT_LINK_SECRET:
                raise ValueError("ORION_LINK_SECRET has to be set in production")
            if self.stripe_webhook_secret.get_secret_value() == "whsec_orion":
                raise ValueError("ORION_STRIPE_WEBHOOK_SECRET has to be set in production")
        return self
