"""The histories recorded from every shape of an order's life replay against the code as it is."""

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.workflow import NondeterminismError

from tests.workflows.replaying import HISTORIES, read, replay

RECORDED = sorted(HISTORIES.rglob("*.json"))


def test_every_shape_is_recorded() -> None:
    assert {path.stem for path in RECORDED} >= {
        "order_goes_from_placement_to_completed",
        "placement_without_stock_is_refused_and_keeps_nothing",
        "open_payment_refusal_cancels_the_order_and_refills_the_cart",
        "declined_customer_pays_the_same_order_on_the_second_try",
        "unpaid_order_expires_and_gives_its_stock_back",
        "paid_order_is_refunded_when_the_customer_cancels",
        "manual_order_is_paid_by_the_vendors_confirmation",
        "placed_manual_order_is_told_to_customer_and_shop",
        "operators_cancel_request_cancels_the_order_cleanly",
        "fraud_is_written_off_and_the_customer_not_told",
        "late_payment_of_a_cancelled_order_goes_back",
        "late_payment_that_is_heard_of_again_and_again_goes_back_once",
        "step_that_stripe_breaks_off_is_tried_at_once_by_an_operator",
        "partial_refund_then_all_that_is_left",
        "refund_after_the_return_window_still_works",
        "refund_that_the_bank_returns_raises_attention_and_is_sent_again",
        "refund_that_fails_waits_for_an_operator",
        "status_change_by_signal_is_applied_or_its_refusal_kept",
        "walk_that_is_stopped_and_resumed_counts_what_one_walk_counts",
        "finding_is_shown_on_the_order_until_it_is_resolved",
        "finding_is_shown_on_the_order_until_it_is_resolved-1",
        "scheduled_reconciliation_runs_one_and_is_skipped_while_one_runs",
        "operator_refunds_and_mails_after_the_order_ended-1",
        "email_is_sent_again_under_a_key_of_its_own",
        "emails_that_went_out_before_their_step_failed_go_out_once",
        "released_stock_comes_off_the_shelf_once_when_it_ships_after_all",
        "step_that_backs_off_is_shown_and_tried_at_once",
        "extended_payment_window_moves_what_the_customer_sees",
        "vendor_that_is_late_gets_more_time_and_is_complained_about_again",
        "extended_return_window_completes_the_order_later",
        "authorised_order_is_captured_when_it_ships",
        "authorisation_that_runs_out_at_stripe_cancels_the_order",
        "capture_that_fails_refuses_the_shipment_until_it_works-refused",
        "captured_order_is_refunded_like_any_other",
        "unshipped_order_is_captured_where_its_shop_wants_that",
        "unshipped_order_warns_its_shop_and_is_cancelled",
        "message_is_mailed_to_the_other_side_once-customer",
        "message_that_nobody_mails_is_found_and_mailed",
        "link_is_mailed_once_however_often_it_is_asked_for",
        "link_for_nobody_is_refused_and_over",
        "bulk_change_gives_each_order_its_outcome",
        "bulk_change_rests_and_goes_on",
        "cancelled_bulk_change_leaves_what_is_not_begun",
        "order_that_is_told_twice_counts_once",
        "file_of_products_is_imported_once-apply_product_import",
        "import_with_wrong_rows_waits_until_they_are_left_out",
        "outdated_import_is_checked_again_and_then_applied",
        "unreadable_and_undecided_files_are_over_and_cleaned",
    }


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_recorded_history_replays(path: Path) -> None:
    await replay(read(path))


async def test_replay_notices_another_order_of_steps() -> None:
    path = next(path for path in RECORDED if path.stem == "order_goes_from_placement_to_completed")
    history = json.loads(path.read_text())
    for event in history["events"]:
        scheduled = event.get("activityTaskScheduledEventAttributes")
        if scheduled is not None and scheduled["activityType"]["name"] == "check_payment":
            scheduled["activityType"]["name"] = "another_step"
    changed = WorkflowHistory.from_json(path.stem, json.dumps(history))
    with pytest.raises(NondeterminismError):
        await replay(changed)
