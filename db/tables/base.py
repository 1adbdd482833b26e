"""What all tables share: naming of constraints, keys, amounts and times."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    Numeric,
    func,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The metadata that migrations are compared with."""

    metadata = MetaData(naming_convention=NAMING)


Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
VendorId = Annotated[int, mapped_column(BigInteger, ForeignKey("vendors.id"))]
# The vendor of a row whose parent, referenced with `belongs_to`, already proves that the vendor exists:
# a second foreign key would only make every insert lock the vendor's row.
ParentVendorId = Annotated[int, mapped_column(BigInteger)]
Amount = Annotated[Decimal, mapped_column(Numeric(12, 2))]
Rate = Annotated[Decimal, mapped_column(Numeric(5, 2))]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]
UpdatedAt = Annotated[
    datetime, mapped_column(DateTime(timezone=True), server_default=func.now(), onupdate=func.now())
]


def belongs_to(column: str, table: str) -> ForeignKeyConstraint:
    """A reference that cannot cross vendors: both rows carry the same `vendor_id`."""
    return ForeignKeyConstraint(["vendor_id", column], [f"{table}.vendor_id", f"{table}.id"])
