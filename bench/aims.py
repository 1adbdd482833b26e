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
    (MANUAL_PLACING, 1): "p50 below 30",
    (MANUAL_PLACING, 16): "at least 40 orders/s",
    (CART_AND_PLACING, 16): "at least 30 orders/s",
}
# By scenario and what it is held against.
RATIOS = {
    (STRIPE_PLACING, BARE_PLACING): "at most 1.5, at least 0.7",
    (MANUAL_PLACING, BARE_PLACING): "at most 1.5, at least 0.7",
    (FLASH_SALE, MANUAL_PLACING): "at least 0.8 orders/s",
}
