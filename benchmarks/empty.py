"""A code location with nothing but an asset that does nothing: what a click costs at least."""

import dagster as dg


@dg.asset
def nothing() -> None:
    """Do nothing."""


defs = dg.Definitions(assets=[nothing], executor=dg.in_process_executor)
