"""A stack's home: what is in it, who may run it, and what a reset touches."""

import stat
from pathlib import Path

import pytest

from local.credentials import Credentials
from local.home import ForeignHomeError, Home, read_json, write_json


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_home_is_where_the_variable_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORION_HOME", str(tmp_path / "elsewhere"))
    assert Home.from_environment().path == tmp_path / "elsewhere"


def test_home_is_in_the_current_directory_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ORION_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert Home.from_environment().path == tmp_path / ".orion"


def test_credentials_are_made_once_and_for_the_owner_only(home: Home) -> None:
    credentials = Credentials.of(home)
    assert Credentials.of(home) == credentials
    assert mode(home.secrets_file) == 0o600
    assert credentials.stripe_secret_key.startswith("sk_test_")
    assert len(credentials.jwt_secret) >= 32


def test_homes_have_different_credentials(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.create()
    ours, theirs = Credentials.of(home), Credentials.of(other)
    assert all(getattr(ours, name) != getattr(theirs, name) for name in Credentials.__slots__)


def test_credentials_that_came_later_are_added(home: Home) -> None:
    write_json(home.secrets_file, {"jwt_secret": "kept" * 8, "of_a_newer_version": "kept too"})
    credentials = Credentials.of(home)
    assert credentials.jwt_secret == "kept" * 8
    assert (read_json(home.secrets_file) or {})["of_a_newer_version"] == "kept too"


def test_files_are_written_for_the_owner_only(home: Home) -> None:
    write_json(home.stack_file, {"api_url": "http://127.0.0.1:1"})
    assert read_json(home.stack_file) == {"api_url": "http://127.0.0.1:1"}
    assert mode(home.stack_file) == 0o600
    assert [file.name for file in home.path.glob(".stack*")] == []


def test_one_at_a_time_runs_a_home(home: Home) -> None:
    assert not home.is_running()
    with home.lock() as mine:
        assert mine
        assert home.is_running()
        with home.lock() as second:
            assert not second
    assert not home.is_running()


def test_reset_deletes_the_parts_data_and_nothing_else(home: Home) -> None:
    secrets = Credentials.of(home)
    (home.data("postgres") / "PG_VERSION").write_text("18")
    (home.data("logs") / "api.log").write_text("GET /")
    (home.path / "notes.txt").write_text("mine")

    home.delete_data()

    assert not (home.path / "postgres").exists()
    assert not home.logs.exists()
    assert (home.path / "notes.txt").read_text() == "mine"
    assert Credentials.of(home) == secrets


def test_reset_does_not_follow_links(home: Home, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (home.path / "mail").symlink_to(precious)
    with pytest.raises(ForeignHomeError, match="is a link"):
        home.delete_data()
    assert precious.exists()


def test_directory_with_somebody_elses_data_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with pytest.raises(ForeignHomeError, match="logs"):
        Home(tmp_path).create()
    Home(tmp_path).delete_data()
    assert (tmp_path / "logs").exists()
