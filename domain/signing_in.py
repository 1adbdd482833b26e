"""Signing in: how many wrong passwords an account takes before it has to rest."""

from domain.errors import RateLimited

WINDOW_SECONDS = 900
# One person mistypes a few times; nobody guesses a password in ten tries.
MOST_FROM_ONE_ADDRESS = 10
# From many addresses it is machines that guess, or somebody who wants to lock the owner out.
MOST_IN_ALL = 100


def check_attempts(*, from_address: int, in_all: int, seconds_left: int) -> None:
    """Raise RateLimited with `retry_after` in seconds for an attempt beyond what a window allows.

    Both counts are of the present window, the attempt itself included; `seconds_left` is until it ends.
    """
    if from_address > MOST_FROM_ONE_ADDRESS or in_all > MOST_IN_ALL:
        raise RateLimited(
            "Too many attempts to sign in; please wait a while.", retry_after=max(1, seconds_left)
        )
