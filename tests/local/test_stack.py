"""The whole stack as a user runs it: up, up again, killed parts, the demo, down."""

import json
import os
import shutil
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from local.home import Home
from local.postgres_account import delete_outside
from tests.fixtures.ports import NO_TLS
from tests.local.orion import Orion
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# CONTRACT.md, "The local stack".
_KEYS = {
    "api_url",
    "temporal_address",
    "temporal_namespace",
    "temporal_ui_url",
    "task_queue",
    "database_url",
    "stripe_url",
    "stripe_secret_key",
    "stripe_webhook_secret",
    "mail_url",
    "pids",
    "demo",
}
_PARTS = {"api", "worker", "temporal", "postgres", "stripe", "mail"}


@pytest.fixture(scope="module")
def orion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orion]:
    """A stack that is up; whatever a test left of it is stopped and deleted afterwards."""
    orion = Orion(tmp_path_factory.mktemp("home"))
    up = orion.run("up", "--detach")
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        yield orion
    finally:
        orion.run("down")
        delete_outside(Home(orion.home))
        shutil.rmtree(orion.home)


def logins(stack: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """The sign-in address and body of every demo login."""
    demo = stack["demo"]
    customer = demo["customer"]
    yield f"/api/v1/public/vendors/{customer['vendor_id']}/customers/login", customer
    for vendor in demo["vendors"]:
        yield "/api/v1/vendor/login", vendor
    yield "/api/v1/admin/login", demo["admin"]


def test_stack_file_says_what_the_contract_names(orion: Orion) -> None:
    stack = orion.stack
    assert set(stack) == _KEYS
    assert set(stack["pids"]) == _PARTS
    assert set(stack["demo"]) == {"vendors", "customer", "admin"}
    assert {frozenset(vendor) for vendor in stack["demo"]["vendors"]} == {
        frozenset({"id", "vendor_code", "email", "password"})
    }
    assert len(stack["demo"]["vendors"]) == 2
    for name in ("stack.json", "processes.json", "secrets.json"):
        assert stat.S_IMODE((orion.home / name).stat().st_mode) == 0o600, name


async def test_every_address_answers(orion: Orion) -> None:
    stack = orion.stack
    addresses = [
        f"{stack['api_url']}/readyz",
        f"{stack['temporal_ui_url']}/namespaces/{stack['temporal_namespace']}/workflows",
        f"{stack['mail_url']}/api/messages",
        f"{stack['stripe_url']}/_sandbox/health",
    ]
    async with httpx.AsyncClient(timeout=30, verify=NO_TLS) as client:
        assert [(await client.get(address)).status_code for address in addresses] == [200] * 4


async def test_every_demo_login_works(orion: Orion) -> None:
    stack = orion.stack
    async with httpx.AsyncClient(base_url=stack["api_url"], timeout=30, verify=NO_TLS) as client:
        for path, login in logins(stack):
            body = {"email": login["email"], "password": login["password"]}
            assert (await client.post(path, json=body)).status_code == 200, path


async def test_database_is_reached_as_the_application(orion: Orion) -> None:
    engine = create_async_engine(orion.stack["database_url"])
    try:
        async with engine.connect() as connection:
            role = await connection.execute(
                text("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user")
            )
            assert tuple(role.one()) == ("orion_app", False)
            # Without a vendor, row-level security shows nothing of what the demo shops sell.
            products = await connection.execute(text("SELECT count(*) FROM products"))
            assert products.scalar_one() == 0
    finally:
        await engine.dispose()


async def test_database_asks_for_the_password(orion: Orion) -> None:
    engine = create_async_engine(make_url(orion.stack["database_url"]).set(password="guess"))
    with pytest.raises(SQLAlchemyError, match="password authentication failed"):
        await engine.connect().start()
    await engine.dispose()


def test_up_again_says_that_it_runs(orion: Orion) -> None:
    before = orion.stack
    for arguments in (("up",), ("up", "--detach")):
        again = orion.run(*arguments)
        assert again.returncode == 0
        assert "runs already" in again.stdout
        assert before["api_url"] in again.stdout
    assert orion.stack == before


def test_status_names_every_process(orion: Orion) -> None:
    status = orion.run("status")
    assert status.returncode == 0
    for name, pid in orion.stack["pids"].items():
        assert any(line.split() == [name, "process", str(pid)] for line in status.stdout.splitlines()), name


def test_seed_and_migrate_find_the_running_stack(orion: Orion) -> None:
    seed = orion.run("seed")
    assert (seed.returncode, seed.stdout) == (0, "The demo data is all there.\n")
    migrate = orion.run("migrate")
    assert migrate.returncode == 0, migrate.stderr


@pytest.mark.parametrize("part", ["api", "worker", "postgres"])
async def test_killed_part_is_replaced(orion: Orion, part: str) -> None:
    before = orion.stack["pids"][part]
    os.kill(before, signal.SIGKILL)

    async def pid() -> int:
        found: int = orion.stack["pids"][part]
        return found

    await eventually(pid, lambda found: found != before, within=60)


async def test_demo_shows_two_orders_after_all_that(orion: Orion) -> None:
    async def is_ready() -> int:
        async with httpx.AsyncClient(timeout=10, verify=NO_TLS) as client:
            try:
                return (await client.get(f"{orion.stack['api_url']}/readyz")).status_code
            except httpx.TransportError:
                return 0

    await eventually(is_ready, lambda status: status == 200, within=90)
    demo = orion.run("demo", "--json")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    seen = json.loads(demo.stdout)
    assert seen["ok"] is True
    assert [(entry["status"], entry["payment_status"]) for entry in seen["timeline"]] == [
        ("pending", "pending"),
        ("confirmed", "paid"),
        ("processing", "paid"),
        ("shipped", "paid"),
        ("delivered", "paid"),
    ]
    times = [entry["at"] for entry in seen["timeline"]]
    assert times == sorted(times)
    customer = orion.stack["demo"]["customer"]["email"]
    own = [mail["subject"] for mail in seen["emails"] if mail["to"] == customer]
    assert [subject for subject in own if seen["order_number"] in subject] == [
        f"Order {seen['order_number']} is confirmed",
        f"Order {seen['order_number']} is on its way",
        f"Order {seen['order_number']} was delivered",
    ]
    assert any("Refund of" in subject for subject in own)


def test_killed_supervisor_leaves_a_stack_that_can_be_started_anew(orion: Orion) -> None:
    left = orion.stack["pids"]
    os.kill(orion.json("processes.json")["supervisor"]["pid"], signal.SIGKILL)

    up = orion.run("up", "--detach")

    assert up.returncode == 0, up.stdout + up.stderr
    assert "an earlier run left behind" in up.stdout
    assert not set(left.values()) & set(orion.stack["pids"].values())
    assert sum("start-dev" in command for command in orion.processes()) == 1


def test_down_leaves_no_process(orion: Orion) -> None:
    assert len(orion.processes()) >= len(_PARTS)

    down = orion.run("down")

    assert down.returncode == 0
    assert orion.processes() == []
    assert not (orion.home / "stack.json").exists()
    assert orion.run("status").returncode == 1
    assert "No stack runs" in orion.run("down").stdout


def test_taken_port_stops_the_start_with_a_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        up = Orion(tmp_path).run("up", "--detach", ORION_PORT_API=port)
    assert up.returncode == 1
    assert port in up.stdout + up.stderr
    assert "ORION_PORT_API" in up.stdout + up.stderr
    assert Orion(tmp_path).processes() == []


def test_production_is_refused(tmp_path: Path) -> None:
    up = Orion(tmp_path).run("up", ORION_ENVIRONMENT="production")
    assert up.returncode == 1
    assert "production" in up.stderr
    assert list(tmp_path.iterdir()) == []
