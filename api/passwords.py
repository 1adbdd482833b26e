"""Passwords: argon2 hashes, made and checked beside the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()
# Each hash takes 64 MiB and a core; more at once would only slow everything else down.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")
# The hash of a random password nobody has, with the same parameters as all others.
UNKNOWN_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$Dgc5Hz5x/kUCfXnOsKUW+A$OImFWzkX8sN89Ufuq+A4krvKi1wpO0eShIzwWI4PRRM"
)


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its parameters and salt. Takes some 50 ms."""
    return _HASHER.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is the hashed one; None, for an unknown e-mail address, takes as long."""
    try:
        _HASHER.verify(password_hash or UNKNOWN_HASH, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


async def hashed(password: str) -> str:
    """`hash_password` in a worker thread."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, hash_password, password)


async def verified(password_hash: str | None, password: str) -> bool:
    """`verify_password` in a worker thread."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREADS, verify_password, password_hash, password)


def normalise_email(email: str) -> str:
    """The form in which e-mail addresses are stored and looked up."""
    return email.strip().lower()
