"""Records in `ops` that are as young as Dagster's own, where whoever asks may write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.ops.tables import OPS_TABLES

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings


def bring_records_up_to_date(settings: Settings) -> list[str]:
    """Let what Dagster recorded since join the tables of `ops`; returns, for each that could not, why.

    Who may read a lake may not be allowed to write it: then what was recorded earlier is what there is.
    """
    from lakehouse_assets.orchestration.records import refresh
    from resources.dagster_home import open_instance

    said = []
    with open_instance(settings) as instance:
        for table in OPS_TABLES:
            try:
                refresh(table, settings, instance)
            except LakehouseError as error:
                said.append(f"{table.id} is not up to date: {error.what}")
    return said
