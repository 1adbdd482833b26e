"""What is refused about products, their stock, and files of them."""

from domain.errors.kinds import Conflict, Invalid, NotFound


class ProductNotFound(NotFound):
    code = "product_not_found"


class ProductUnavailable(Conflict):
    code = "product_unavailable"


class InsufficientStock(Conflict):
    code = "insufficient_stock"


class ProductChanged(Conflict):
    code = "product_changed"


class SkuTaken(Conflict):
    code = "sku_taken"


class StockMoved(Conflict):
    code = "stock_moved"


class StockTooLow(Conflict):
    code = "stock_too_low"


class CorrectionInvalid(Invalid):
    code = "correction_invalid"


class ImportNotFound(NotFound):
    code = "import_not_found"


class ImportNotReady(Conflict):
    code = "import_not_ready"


class ImportHasWrongRows(Conflict):
    code = "import_has_wrong_rows"


class ImportFileInvalid(Invalid):
    code = "import_file_invalid"
