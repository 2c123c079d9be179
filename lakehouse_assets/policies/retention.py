"""How long each area of the lake keeps what it holds, and when that moves to cheaper storage.

Python and Terraform read the same: `make declaration` writes what is said here to `terraform/declaration.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from lakehouse_assets.errors import DeclarationError

Area = Literal["landing", "bronze", "silver", "gold", "quarantine", "ops", "audit", "logs"]
TableClass = Literal["standard", "personal"]

READABLE_AFTER_DAYS = 30  # what stores ask between two tiers, S3's and Azure's alike


@dataclass(frozen=True)
class Retention:
    """What a store does by itself with the objects of an area. Every tier is one that is read at once.

    `superseded_days` is how long an object that was overwritten or deleted can still be brought back. Objects
    move to the cool tier, and to the cold one, so many days after they were written. `expire_after_days` deletes
    objects by age, and is refused where tables lie: a live file of a table may be of any age.
    """

    superseded_days: int
    cool_after_days: int | None = None
    cold_after_days: int | None = None
    expire_after_days: int | None = None
    tables: bool = True

    def __post_init__(self) -> None:
        if self.tables and self.expire_after_days is not None:
            raise DeclarationError(
                "an area that holds tables cannot expire objects by age: live files of a table would go",
                remedy="delete rows and vacuum the table; a store may only remove what was superseded",
            )
        if self.superseded_days < 1:
            raise DeclarationError(f"superseded_days is {self.superseded_days}", remedy="keep for 1 day at least")
        ages = [0, *(age for age in (self.cool_after_days, self.cold_after_days) if age is not None)]
        ages += [self.expire_after_days] if self.expire_after_days is not None else []
        if any(later - sooner < READABLE_AFTER_DAYS for sooner, later in pairwise(ages)):
            raise DeclarationError(
                f"tiers at the ages {ages[1:]} in days: stores ask for {READABLE_AFTER_DAYS} between two of them",
                remedy="space them further, or leave one out",
            )


AREAS: dict[Area, Retention] = {
    # Nothing in the landing zone expires: of a table that withdraws files that are gone, rows would go with them.
    "landing": Retention(superseded_days=30, cool_after_days=30, cold_after_days=90, tables=False),
    "bronze": Retention(superseded_days=90, cool_after_days=90, cold_after_days=365),
    "silver": Retention(superseded_days=30, cool_after_days=180),
    "gold": Retention(superseded_days=30),
    "quarantine": Retention(superseded_days=30, cool_after_days=90),
    "ops": Retention(superseded_days=30),
    "audit": Retention(
        superseded_days=365, cool_after_days=90, cold_after_days=180, expire_after_days=2555, tables=False
    ),
    "logs": Retention(superseded_days=7, expire_after_days=365, tables=False),
}

# By class of table: how long its superseded files can be brought back. A store keeps the shorter of two rules, so
# that a class can only shorten what its area says.
CLASSES: dict[TableClass, int | None] = {
    "standard": None,
    "personal": 7,  # what was deleted of a person is gone for good within a week of the vacuum
}


def superseded_days(area: Area, table_class: TableClass = "standard") -> int:
    """How long a superseded file of such a table can be brought back."""
    said = CLASSES[table_class]
    return AREAS[area].superseded_days if said is None else min(said, AREAS[area].superseded_days)
