"""The boundary between activities and Temporal."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import get_type_hints

import pytest
from sqlalchemy import text
from temporalio import activity
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverter, DefaultPayloadConverter
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities.errors import at_the_boundary
from db.session import Database
from db.tables import Customer
from domain.errors import InsufficientStock, PaymentProviderUnavailable
from tests.builders import create_customer, create_vendor

SECRET = "jane.private@example.com"


def _in_history(error: BaseException) -> Failure:
    """What Temporal would store of this error."""
    failure = Failure()
    DefaultFailureConverter().to_failure(error, DefaultPayloadConverter(), failure)
    return failure


@at_the_boundary
async def failing_with(error: BaseException) -> None:
    raise error


async def test_refusal_is_final_and_carries_code_and_fields() -> None:
    with pytest.raises(ApplicationError) as failure:
        await failing_with(InsufficientStock("Only 2 are left.", sku="MUG", available=2))
    error = failure.value
    assert (error.type, error.message) == ("insufficient_stock", "Only 2 are left.")
    assert list(error.details) == [{"sku": "MUG", "available": 2}]
    assert error.non_retryable
    assert error.category == ApplicationErrorCategory.BENIGN


async def test_unavailable_is_tried_again_when_the_provider_said() -> None:
    with pytest.raises(ApplicationError) as failure:
        await failing_with(PaymentProviderUnavailable("Later.", retry_after=7))
    error = failure.value
    assert (error.type, error.non_retryable) == ("payment_provider_unavailable", False)
    assert error.next_retry_delay == timedelta(seconds=7)


async def test_unavailable_without_a_time_leaves_it_to_the_retry_policy() -> None:
    with pytest.raises(ApplicationError) as failure:
        await failing_with(PaymentProviderUnavailable("Later."))
    assert not failure.value.non_retryable
    assert failure.value.next_retry_delay is None


async def test_failure_made_for_temporal_passes_as_it_is() -> None:
    made = ApplicationError("made on purpose", type="email_rejected", non_retryable=True)
    with pytest.raises(ApplicationError) as failure:
        await failing_with(made)
    assert failure.value is made


async def test_cancellation_passes_as_it_is() -> None:
    with pytest.raises(asyncio.CancelledError):
        await failing_with(asyncio.CancelledError())


async def test_unexpected_error_keeps_kind_and_place_and_none_of_its_text() -> None:
    def go_wrong() -> None:
        raise LookupError(SECRET)

    @at_the_boundary
    async def activity() -> None:
        go_wrong()

    with pytest.raises(ApplicationError) as failure:
        await activity()
    stored = _in_history(failure.value)
    assert (stored.message, stored.application_failure_info.type) == ("LookupError", "unexpected_error")
    assert not stored.application_failure_info.non_retryable
    assert "go_wrong" in stored.stack_trace
    assert not stored.HasField("cause")
    assert SECRET not in str(stored)


async def test_database_error_keeps_kind_and_sqlstate_and_no_parameters(database: Database) -> None:
    vendor = await create_vendor(database)
    await create_customer(database, vendor, email=SECRET)

    @at_the_boundary
    async def add_again() -> None:
        again = Customer(
            vendor_id=vendor.id,
            email=SECRET,
            password_hash="x",
            first_name="Jane",
            last_name="Private",
            total_spent=Decimal(0),
        )
        async with database.vendor(vendor.id) as session:
            session.add(again)

    with pytest.raises(ApplicationError) as failure:
        await add_again()
    stored = _in_history(failure.value)
    assert stored.message == "UniqueViolationError (SQLSTATE 23505)"
    assert stored.application_failure_info.type == "database_error"
    assert not stored.application_failure_info.non_retryable
    assert not stored.HasField("cause")
    assert SECRET not in str(stored)


async def test_error_of_the_driver_itself_keeps_no_parameters_either(database: Database) -> None:
    vendor = await create_vendor(database)

    @at_the_boundary
    async def ask() -> None:
        async with database.direct(vendor.id) as direct:
            await direct.find(text(f"SELECT '{SECRET}'::bigint"), {})

    with pytest.raises(ApplicationError) as failure:
        await ask()
    stored = _in_history(failure.value)
    assert stored.message == "InvalidTextRepresentationError (SQLSTATE 22P02)"
    assert stored.application_failure_info.type == "database_error"
    assert SECRET not in str(stored)


async def test_database_out_of_reach_is_tried_again() -> None:
    away = Database("postgresql+asyncpg://orion_app:secret@127.0.0.1:9/orion", timeout=1.0)

    @at_the_boundary
    async def read() -> None:
        async with away.vendor(1) as session:
            await session.execute(text("SELECT 1"))

    with pytest.raises(ApplicationError) as failure:
        await read()
    await away.close()
    stored = _in_history(failure.value)
    assert not stored.application_failure_info.non_retryable
    assert "secret" not in str(stored)


async def test_guarded_activity_is_defined_with_its_name_and_types() -> None:
    @activity.defn(name="double")
    @at_the_boundary
    async def double(given: Decimal) -> Decimal:
        return given * 2

    answer = await ActivityEnvironment().run(double, Decimal("1.10"))
    assert answer == Decimal("2.20")
    assert get_type_hints(double) == {"given": Decimal, "return": Decimal}
