"""Backups and restores of a database, and what they refuse."""

import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, text, update

from db.queries.invoice_issuers import LINES, save_issuer
from db.queries.invoice_issuing import issue_due
from db.session import Database
from db.tables import Order
from local import postgres_account
from local.backup.backing_up import back_up
from local.backup.restoring import IDS_AHEAD, INVOICES_AHEAD, restore
from local.backup.sidecar import read_sidecar, sidecar_of
from local.backup.target import Target
from local.errors import StackError
from tests.activities.stored_orders import store_order
from tests.builders import create_vendor
from tests.fixtures.postgres import PostgresCluster, PostgresUrls


def silent(_: str) -> None:
    return


def modes(directory: Path) -> dict[str, int]:
    """What is in a directory, and who may read it."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}


def damage(file: Path) -> None:
    """Change the last byte."""
    file.write_bytes(file.read_bytes()[:-1] + b"?")


def expect_more(file: Path, table: str) -> None:
    """Have the sidecar count one row more than there was."""
    facts = json.loads(sidecar_of(file).read_text())
    facts["rows"][table] += 1
    sidecar_of(file).write_text(json.dumps(facts))


@pytest.fixture
def target(postgres: PostgresCluster, postgres_urls: PostgresUrls) -> Target:
    name = postgres_urls.app.rpartition("/")[2].partition("?")[0]
    programs = postgres_account.binaries(postgres_account.account())
    return Target(postgres.url("postgres", name), postgres_urls.owner, postgres_urls.app, programs)


@pytest_asyncio.fixture
async def former(postgres: PostgresCluster, target: Target) -> AsyncIterator[None]:
    """Drops what was replaced."""
    yield
    for name in await others(postgres, target):
        await postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


async def others(postgres: PostgresCluster, target: Target) -> list[str]:
    """Databases that a restore of the target made or set aside."""
    async with postgres.admin.connect() as connection:
        statement = text("SELECT datname FROM pg_database WHERE datname ~ :pattern ORDER BY 1")
        return list(await connection.scalars(statement, {"pattern": f"^{target.database}_"}))


async def vendors(database: Database) -> list[int]:
    async with database.platform() as session:
        return list(await session.scalars(text("SELECT id FROM vendors ORDER BY id")))


@pytest.mark.usefixtures("former")
async def test_restored_database_is_as_it_was_and_its_ids_go_on_further(
    database: Database, target: Target, postgres: PostgresCluster, tmp_path: Path
) -> None:
    kept = await create_vendor(database)
    file = tmp_path / "orion.dump"
    taken = await back_up(target, file, silent)
    later = await create_vendor(database)
    await database.close()

    restored = await restore(target, file, silent)

    assert await vendors(database) == [kept.id]
    assert restored.rows == sum(taken.rows.values())
    assert taken.rows["vendors"] == 1
    assert await others(postgres, target) == [restored.former]
    after = await create_vendor(database)
    assert after.id > later.id + IDS_AHEAD // 2


@pytest.mark.usefixtures("former")
async def test_no_invoice_number_of_after_the_backup_is_given_out_again(
    database: Database, target: Target, tmp_path: Path
) -> None:
    stored = await store_order(database)
    async with database.platform() as session:
        await session.execute(update(Order).values(paid_at=func.now()))
    async with database.vendor(stored.vendor.id) as session:
        await save_issuer(session, vendor_id=stored.vendor.id, lines=dict.fromkeys(LINES, "LU"))
    file = tmp_path / "orion.dump"
    await back_up(target, file, silent)
    before = await issue(database, stored.order)
    await database.close()

    await restore(target, file, silent)

    after = await issue(database, stored.order)
    assert int(after.rpartition("-")[2]) == int(before.rpartition("-")[2]) + INVOICES_AHEAD


async def issue(database: Database, order: Order) -> str:
    """The number of the order's invoice."""
    async with database.vendor(order.vendor_id) as session:
        [invoice] = await issue_due(session, vendor_id=order.vendor_id, order_id=order.id)
        return invoice.number


async def test_backup_is_for_its_owner_only_and_says_what_it_has(
    database: Database, target: Target, tmp_path: Path
) -> None:
    await create_vendor(database)
    file = tmp_path / "orion.dump"

    taken = await back_up(target, file, silent)

    assert modes(tmp_path) == {"orion.dump": 0o600, "orion.dump.json": 0o600}
    assert read_sidecar(file) == taken


@pytest.mark.usefixtures("database")
async def test_backup_overwrites_nothing(target: Target, tmp_path: Path) -> None:
    file = tmp_path / "orion.dump"
    file.touch(0o640)

    with pytest.raises(StackError, match="overwrites nothing"):
        await back_up(target, file, silent)

    assert modes(tmp_path) == {"orion.dump": 0o640}


@pytest.mark.usefixtures("database")
async def test_role_that_sees_no_rows_backs_up_nothing(target: Target, tmp_path: Path) -> None:
    held = Target(target.owner_url, target.owner_url, target.app_url, target.programs)

    with pytest.raises(StackError, match="BYPASSRLS"):
        await back_up(held, tmp_path / "orion.dump", silent)

    assert modes(tmp_path) == {}


async def test_restore_refuses_while_somebody_is_connected(
    database: Database, target: Target, postgres: PostgresCluster, tmp_path: Path
) -> None:
    kept = await create_vendor(database)
    file = tmp_path / "orion.dump"
    await back_up(target, file, silent)

    with pytest.raises(StackError, match=r"in use by orion \(1\)"):
        await restore(target, file, silent)

    assert await vendors(database) == [kept.id]
    assert await others(postgres, target) == []


async def test_damaged_backup_is_refused(database: Database, target: Target, tmp_path: Path) -> None:
    file = tmp_path / "orion.dump"
    await back_up(target, file, silent)
    await database.close()
    damage(file)

    with pytest.raises(StackError, match="damaged"):
        await restore(target, file, silent)


async def test_restore_that_fails_half_way_leaves_the_database_as_it_was(
    database: Database, target: Target, postgres: PostgresCluster, tmp_path: Path
) -> None:
    kept = await create_vendor(database)
    file = tmp_path / "orion.dump"
    await back_up(target, file, silent)
    expect_more(file, "vendors")
    await database.close()

    with pytest.raises(StackError, match="Rows are missing in vendors"):
        await restore(target, file, silent)

    assert await vendors(database) == [kept.id]
    assert await others(postgres, target) == []
