"""Disputes: reading them, answering with evidence, accepting them."""

from typing import Any

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.dispute_outcomes import UNANSWERED, check_open, close_as
from local.stripe_sandbox.errors import StripeError, refused
from local.stripe_sandbox.lists import filtered
from local.stripe_sandbox.parameters import merge_metadata
from local.stripe_sandbox.store import JSON

# What the bank makes of the evidence: https://docs.stripe.com/testing#evidence
_ESCALATION = "escalate_inquiry_evidence"
_VERDICTS = {
    "winning_evidence": "win_dispute",
    "losing_evidence": "lose_dispute",
    _ESCALATION: "lose_dispute",
}


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/disputes/{id}`."""
    return call.load("dispute", identifier)


def list_all(call: Call) -> JSON:
    """`GET /v1/disputes`."""
    return filtered(call, "dispute", "/v1/disputes")


def update(call: Call, identifier: str) -> JSON:
    """`POST /v1/disputes/{id}`: metadata, and evidence, sent to the bank unless `submit` is false.

    Raises `StripeError` 400 when the dispute takes no evidence any more.
    """
    dispute = call.load("dispute", identifier)
    before: JSON = {}
    if "metadata" in call.params:
        before["metadata"] = dispute["metadata"]
        dispute["metadata"] = merge_metadata(dispute["metadata"], call.params["metadata"])
    evidence = call.params.get("evidence", {})
    submitted = call.params.get("submit", bool(evidence))
    if evidence or submitted:
        _check_answerable(dispute)
        before |= _answer(call, dispute, evidence, submitted=submitted)
    call.store.save(dispute)
    if before:
        call.emit("charge.dispute.updated", dispute, before)
    return dispute


def close(call: Call, identifier: str) -> JSON:
    """`POST /v1/disputes/{id}/close`: accept it; it is lost for good.

    Raises `StripeError` 400 when it is over, or only an inquiry: that is accepted by a refund.
    """
    dispute = call.load("dispute", identifier)
    check_open(dispute)
    if dispute["status"].startswith("warning_"):
        raise refused(
            f"Dispute {identifier} is an inquiry, which cannot be closed: refund the charge instead."
        )
    close_as(call, dispute, "lost")
    return dispute


def _check_answerable(dispute: JSON) -> None:
    check_open(dispute)
    if dispute["evidence_details"]["past_due"]:
        raise _too_late(dispute, "the time to respond has passed")
    if dispute["status"] not in UNANSWERED:
        raise _too_late(dispute, "evidence has already been submitted")


def _too_late(dispute: JSON, reason: str) -> StripeError:
    return refused(f"Dispute {dispute['id']} does not take evidence: {reason}.", param="evidence")


def _answer(call: Call, dispute: JSON, evidence: dict[str, Any], *, submitted: bool) -> JSON:
    """Take the evidence over; answers what was there before."""
    details = dict(dispute["evidence_details"])
    before: JSON = {
        "evidence": {name: dispute["evidence"][name] for name in evidence},
        "evidence_details": {"has_evidence": details["has_evidence"]},
    }
    dispute["evidence"].update(evidence)
    details["has_evidence"] = any(isinstance(text, str) for text in dispute["evidence"].values())
    if submitted:
        before["status"] = dispute["status"]
        before["evidence_details"]["submission_count"] = details["submission_count"]
        details["submission_count"] += 1
        dispute["status"] = dispute["status"].replace("needs_response", "under_review")
        _await_verdict(call, dispute)
    dispute["evidence_details"] = details
    return before


def _await_verdict(call: Call, dispute: JSON) -> None:
    text = dispute["evidence"]["uncategorized_text"]
    inquiry = dispute["status"] == "warning_under_review"
    if text in _VERDICTS and (inquiry or text != _ESCALATION):
        call.later(_VERDICTS[text], dispute["id"])
