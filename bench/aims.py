"""What the figures are to reach."""

from bench.scenarios import (
    BARE_PLACING,
    CART_AND_PLACING,
    FLASH_SALE,
    MANUAL_PLACING,
    STRIPE_PLACING,
)

# By scenario and number of clients.
FIGURES = {
    (MANUAL_PLACING, 1): "p50 < 30 ms",
    (MANUAL_PLACING, 16): ">= 40 orders/s",
    (CART_AND_PLACING, 16): ">= 30 orders/s",
}
# By scenario and what it is held against: the p50, then the orders a second.
RATIOS = {
    (STRIPE_PLACING, BARE_PLACING): "<= 1.5, >= 0.7",
    (MANUAL_PLACING, BARE_PLACING): "<= 1.5, >= 0.7",
    (FLASH_SALE, MANUAL_PLACING): ">= 0.8",
}
