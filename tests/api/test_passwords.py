"""Password hashes."""

from argon2 import PasswordHasher

from api.passwords import UNKNOWN_HASH, hash_password, hashed, verified, verify_password


async def test_password_is_verified_by_its_hash_only() -> None:
    password_hash = await hashed("correct horse")

    assert await verified(password_hash, "correct horse")
    assert not await verified(password_hash, "wrong horse")
    assert not await verified(None, "correct horse")
    assert not await verified("no hash at all", "correct horse")


def test_hashes_are_salted() -> None:
    assert hash_password("correct horse") != hash_password("correct horse")


def test_unknown_address_costs_as_much_as_a_known_one() -> None:
    assert not PasswordHasher().check_needs_rehash(UNKNOWN_HASH)
    assert not verify_password(None, "whatever")
