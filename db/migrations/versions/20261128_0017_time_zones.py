"""Each shop counts its days somewhere: the time zone of its country's capital, until it says otherwise."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ZONES = """
    AT Europe/Vienna, BE Europe/Brussels, BG Europe/Sofia, CH Europe/Zurich, CY Asia/Nicosia,
    CZ Europe/Prague, DE Europe/Berlin, DK Europe/Copenhagen, EE Europe/Tallinn, ES Europe/Madrid,
    FI Europe/Helsinki, FR Europe/Paris, GB Europe/London, GR Europe/Athens, HR Europe/Zagreb,
    HU Europe/Budapest, IE Europe/Dublin, IS Atlantic/Reykjavik, IT Europe/Rome, LI Europe/Vaduz,
    LT Europe/Vilnius, LU Europe/Luxembourg, LV Europe/Riga, MT Europe/Malta, NL Europe/Amsterdam,
    NO Europe/Oslo, PL Europe/Warsaw, PT Europe/Lisbon, RO Europe/Bucharest, SE Europe/Stockholm,
    SI Europe/Ljubljana, SK Europe/Bratislava
"""


def upgrade() -> None:
    """UTC for what is no European country."""
    op.add_column("vendors", sa.Column("time_zone", sa.Text, server_default="UTC", nullable=False))
    zones = [dict(zip(("country", "zone"), entry.split(), strict=True)) for entry in _ZONES.split(",")]
    usual = sa.text("UPDATE vendors SET time_zone = :zone WHERE country = :country")
    # Row-level security hides all vendors from the owner of their table.
    op.execute("SET LOCAL ROLE orion_platform")
    op.get_bind().execute(usual, zones)
    op.execute("RESET ROLE")


def downgrade() -> None:
    """Days are those of UTC again."""
    op.drop_column("vendors", "time_zone")
