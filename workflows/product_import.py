"""An import of products: checked, shown, decided on, applied as a whole, and forgotten when it is old."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.product_import_messages import CleanImports, DecideImport, ImportRef, ImportState
    from domain.errors import ImportHasWrongRows, ImportNotReady
    from workflows.product_import_messages import (
        DECIDE,
        PRODUCT_IMPORT_WORKFLOW,
        ImportDecision,
        ProductImportInput,
    )
    from workflows.refusals import as_failure
    from workflows.steps import (
        APPLY_PRODUCT_IMPORT,
        BEGIN_PRODUCT_IMPORT,
        CHECK_PRODUCT_IMPORT,
        CLEAN_PRODUCT_IMPORTS,
        DISCARD_PRODUCT_IMPORT,
        REOPEN_PRODUCT_IMPORT,
        store,
        work,
    )

_STATES = {"apply": ("checked",), "check": ("outdated",), "discard": ("checked", "outdated")}
_OVER = frozenset({"applied", "refused", "discarded"})


@workflow.defn(name=PRODUCT_IMPORT_WORKFLOW)
class ProductImportWorkflow:
    """One file; its result is the state that it came to."""

    @workflow.init
    def __init__(self, given: ProductImportInput) -> None:
        self._given = given
        self._ref = ImportRef(given.vendor_id, given.import_id)
        self._now = ImportState("uploaded", 0, 0, 0, 0, 0)
        self._deciding = False

    @workflow.run
    async def run(self, given: ProductImportInput) -> str:
        while self._now.state not in _OVER:
            if self._now.state == "uploaded":
                self._show("reading the file and comparing it with the catalogue")
                self._now = await work(CHECK_PRODUCT_IMPORT, self._ref, "compare the file")
            elif self._now.state == "applying":
                self._show("applying all rows")
                self._now = await work(APPLY_PRODUCT_IMPORT, self._ref, "apply the file")
            else:
                await self._wait_for_a_decision()
        outcome = self._now.state
        self._show(outcome)
        await workflow.wait_condition(workflow.all_handlers_finished)
        await workflow.sleep(timedelta(seconds=given.keep), summary="until the file is deleted")
        await store(CLEAN_PRODUCT_IMPORTS, CleanImports(given.vendor_id, given.keep), "delete what is old")
        return outcome

    async def _wait_for_a_decision(self) -> None:
        """Until somebody decides; what nobody decides on in time is discarded."""
        before = self._now
        self._show(f"{before.state}: waits for somebody of the vendor's to decide")
        try:
            await workflow.wait_condition(
                lambda: self._now != before and not self._deciding,
                timeout=timedelta(seconds=self._given.preview_window),
                timeout_summary="the preview",
            )
        except TimeoutError:
            if not self._deciding:
                self._deciding = True
                self._now = await store(DISCARD_PRODUCT_IMPORT, self._decided(None), "nobody decided")
                self._deciding = False
            await workflow.wait_condition(lambda: not self._deciding)

    @workflow.update(name=DECIDE, description="Applies it, has it compared anew, or discards it")
    async def decide(self, decision: ImportDecision) -> str:
        self._deciding = True
        try:
            if decision.what == "apply":
                self._now = await store(BEGIN_PRODUCT_IMPORT, self._decided(decision), "apply it")
            elif decision.what == "check":
                self._now = await store(REOPEN_PRODUCT_IMPORT, self._ref, "compare it anew")
            else:
                self._now = await store(DISCARD_PRODUCT_IMPORT, self._decided(decision), "discard it")
        finally:
            self._deciding = False
        return self._now.state

    @decide.validator
    def _may_be_decided(self, decision: ImportDecision) -> None:
        if self._deciding or self._now.state not in _STATES.get(decision.what, ()):
            raise as_failure(
                ImportNotReady("This cannot be done with the import now.", state=self._now.state)
            )
        if decision.what == "apply" and self._now.wrong and not decision.leave_out_wrong:
            raise as_failure(
                ImportHasWrongRows("Some rows are wrong; nothing was imported.", wrong_rows=self._now.wrong)
            )

    def _decided(self, decision: ImportDecision | None) -> DecideImport:
        given = self._given
        if decision is None:
            return DecideImport(given.vendor_id, given.import_id, None)
        return DecideImport(given.vendor_id, given.import_id, decision.user_id, decision.leave_out_wrong)

    def _show(self, what: str) -> None:
        now = self._now
        counts = {"new": now.new, "changed": now.changed, "unchanged": now.unchanged, "wrong": now.wrong}
        lines = [f"**{what}**", *(f"- {kind}: {count}" for kind, count in counts.items())]
        workflow.set_current_details("\n".join(lines))
