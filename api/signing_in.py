"""Signing in, with a limit on wrong passwords."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request

from api.dependencies import DatabaseDep, SettingsDep
from api.tokens import Audience
from db.queries import sign_in_attempts
from db.session import Database
from domain.signing_in import check_attempts


class SignInGuard:
    """Counts attempts to sign in from the caller's address.

    Accounts and addresses are kept as keyed hashes, so that the counts say nothing about people.
    """

    def __init__(self, database: Database, secret: bytes, address: str) -> None:
        self._database = database
        self._secret = secret
        self._address = address

    @asynccontextmanager
    async def attempt(
        self, audience: Audience, email: str, *, vendor_id: int | None = None
    ) -> AsyncIterator[None]:
        """Around checking a password: leaving it by an error keeps the attempt counted.

        Counted beforehand, so that guesses made at the same time are counted too. Raises RateLimited.
        """
        account = f"{audience}:{vendor_id or ''}:{email}"
        here, everywhere = self._key(f"{account}@{self._address}"), self._key(account)
        async with self._database.platform() as session:
            counted = await sign_in_attempts.count_attempt(session, keys=[here, everywhere])
        check_attempts(
            from_address=counted[here].count,
            in_all=counted[everywhere].count,
            seconds_left=max(attempts.seconds_left for attempts in counted.values()),
        )
        yield
        async with self._database.platform() as session:
            await sign_in_attempts.forget_attempts(session, keys=[here, everywhere])

    def _key(self, subject: str) -> str:
        return keyed_hash(self._secret, subject)


def keyed_hash(secret: bytes, subject: str) -> str:
    """What stands for a subject in the counts."""
    return hmac.new(secret, subject.encode(), hashlib.sha256).hexdigest()


def caller_address(request: Request) -> str:
    """The caller's IP address, as the server in front of the application tells it."""
    return request.client.host if request.client else "unknown"


async def _guard(request: Request, database: DatabaseDep, settings: SettingsDep) -> SignInGuard:
    secret = settings.jwt_secret.get_secret_value().encode()
    return SignInGuard(database, secret, caller_address(request))


SignInGuardDep = Annotated[SignInGuard, Depends(_guard)]
