"""A worker that starts while Temporal's answers get lost waits for better times; it does not end."""

import asyncio
from random import Random

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

import worker.__main__ as program
from bench.chaos.wire import Wire
from settings import Settings
from tests.fixtures.ports import free_port
from worker.search_attributes import register_search_attributes


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"temporal_address": f"127.0.0.1:{free_port()}"})


async def test_connection_that_is_cut_after_connecting_is_made_again(
    settings: Settings, temporal_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, port = temporal_client.service_client.config.target_host.split(":")
    listen = ("127.0.0.1", int(settings.temporal_address.rpartition(":")[2]))
    wire = Wire("temporal", listen, [(host, int(port))], dice=Random(1), ways=("answer",))
    failed = 0

    async def register(client: Client) -> None:
        nonlocal failed
        if failed == 0:
            wire.roughen(0)
        try:
            await register_search_attributes(client)
        except RPCError:
            failed += 1
            wire.calm()
            raise

    monkeypatch.setattr(program, "register_search_attributes", register)
    await wire.open()
    try:
        client = await program.connected(settings, asyncio.Event())
        assert client is not None
        assert await client.service_client.check_health()
    finally:
        await wire.close()
    assert failed == 1


async def test_what_will_not_get_better_ends_the_worker(settings: Settings, temporal_client: Client) -> None:
    elsewhere = settings.model_copy(
        update={
            "temporal_address": temporal_client.service_client.config.target_host,
            "temporal_namespace": "nobody-made-this",
        }
    )
    with pytest.raises(RPCError, match="nobody-made-this"):
        await program.connected(elsewhere, asyncio.Event())
