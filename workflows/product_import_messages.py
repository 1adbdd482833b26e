"""The workflow of an import of products: its name, its input, and what can be asked of it."""

from dataclasses import dataclass

PRODUCT_IMPORT_WORKFLOW = "ProductImportWorkflow"
DECIDE = "decide"

_DAY = 86_400.0


@dataclass(frozen=True)
class ProductImportInput:
    """A file that was stored; a preview waits `preview_window` seconds, what was read is kept for `keep`."""

    vendor_id: int
    import_id: int
    preview_window: float = 14 * _DAY
    keep: float = 60 * _DAY


@dataclass(frozen=True)
class ImportDecision:
    """What somebody wants: `apply` it (perhaps without its wrong rows), `check` it anew, or `discard` it."""

    what: str
    user_id: int
    leave_out_wrong: bool = False


def product_import_id(import_id: int) -> str:
    """One workflow for an import."""
    return f"product-import-{import_id}"
