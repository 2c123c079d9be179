"""`@bronze`, `@silver`, `@gold`: the words with which a table is declared."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lakehouse_assets.declare.checks import Check, ColumnsAsAgreed, ColumnsAsStored, Delivered
from lakehouse_assets.declare.table import Layer, Table, Tolerance, check_declaration
from lakehouse_assets.declare.write import Replace
from lakehouse_assets.policies import maintenance as upkeep
from lakehouse_assets.policies.backfill import DEFAULT as DEFAULT_BACKFILL

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse_assets.declare.contract import Contract
    from lakehouse_assets.declare.partitions import Calendar
    from lakehouse_assets.declare.write import Write
    from lakehouse_assets.ingest.ledger import Gone
    from lakehouse_assets.ingest.load import Unreadable
    from lakehouse_assets.ingest.sources import Source
    from lakehouse_assets.policies.backfill import Backfill
    from lakehouse_assets.policies.freshness import Freshness
    from lakehouse_assets.policies.maintenance import Maintenance
    from lakehouse_assets.policies.retention import TableClass
    from lakehouse_assets.publish.schema_policy import Policy

Function = Callable[..., "DataFrame"]


def bronze(
    source: Source,
    *,
    partitions: Calendar | None = None,
    owners: list[str] | None = None,
    tolerance: Tolerance | None = None,
    gone: Gone = "kept",
    unreadable: Unreadable = "refused",
    schema: Policy = "additive",
    checks: Sequence[Check] = (),
    freshness: Freshness | None = None,
    backfill: Backfill | None = None,
    maintenance: Maintenance | None = None,
    retention: TableClass = "standard",
) -> Callable[[type[Contract]], Table]:
    """Declare a bronze table from the contract of its deliveries; the class name gives the table's name.

    `gone` says whether the rows of a file that no longer lies in the landing zone are kept or withdrawn;
    `unreadable`, whether a file that cannot be read at all refuses the load of its partitions, or is
    quarantined and the rest is loaded; `tolerance`, how many records that cannot be read a load bears;
    `schema`, how the stored columns may follow the contract. `checks` are about partitions as a whole; that
    each was delivered and that columns are as agreed is always checked. `freshness` says when it is late,
    `backfill` how much one run makes, `maintenance` how it is kept fast and small; by default as all of its layer
    are. `retention` is the class by which a store keeps superseded files: `personal` for rows about people.
    """
    given = (*([Delivered()] if partitions else []), ColumnsAsAgreed(), ColumnsAsStored(), *checks)

    def declare(contract: type[Contract]) -> Table:
        return check_declaration(
            Table(
                layer="bronze",
                name=re.sub(r"(?<!^)(?=[A-Z])", "_", contract.__name__).lower(),
                contract=contract,
                description=inspect.getdoc(contract) or "",
                calendar=partitions,
                owners=tuple(owners or ()),
                tolerance=tolerance or Tolerance(),
                source=source,
                gone=gone,
                unreadable=unreadable,
                schema_policy=schema,
                checks=given,
                declared_freshness=freshness,
                backfill=backfill or DEFAULT_BACKFILL,
                maintenance=maintenance or upkeep.DEFAULTS["bronze"],
                retention=retention,
                module=contract.__module__,
            )
        )

    return declare


def _computed(layer: Layer) -> Callable[..., Callable[[Function], Table]]:
    def decorator(
        *,
        contract: type[Contract],
        partitions: Calendar | None = None,
        owners: list[str] | None = None,
        tolerance: Tolerance | None = None,
        schema: Policy = "strict",
        write: Write | None = None,
        checks: Sequence[Check] = (),
        freshness: Freshness | None = None,
        backfill: Backfill | None = None,
        maintenance: Maintenance | None = None,
        version: int = 1,
        retention: TableClass = "standard",
    ) -> Callable[[Function], Table]:
        """Declare a table computed from others; its parameters are called `<layer>_<table>`.

        The function's docstring says how the rows come about, the contract's what they are. `tolerance`
        bounds the rejected rows of one publication, for each partition of a partitioned table. `schema` says how
        the stored columns may follow the contract: not at all, by new columns, by wider types, or anyhow.
        `write` (`merge`, `history`, `append_once`) says what the rows are; by default they replace the range.
        `checks` are about partitions as a whole, and can refuse a publication. `freshness` says when the table is
        late, `backfill` how much one run makes, `maintenance` how it is kept fast and small; by default as all of
        its layer are. `retention` is the class by which a store keeps superseded files. `version` goes up when a
        change breaks what readers of the table were promised; of gold, `make compatible` asks for that and for a
        decision.
        """

        def declare(function: Function) -> Table:
            about = [inspect.getdoc(contract), inspect.getdoc(function)]
            return check_declaration(
                Table(
                    layer=layer,
                    name=function.__name__,
                    contract=contract,
                    description="\n\n".join(text for text in about if text),
                    calendar=partitions,
                    owners=tuple(owners or ()),
                    tolerance=tolerance or Tolerance(),
                    schema_policy=schema,
                    write=write or Replace(),
                    function=function,
                    checks=(ColumnsAsStored(), *checks),
                    declared_freshness=freshness,
                    backfill=backfill or DEFAULT_BACKFILL,
                    maintenance=maintenance or upkeep.DEFAULTS[layer],
                    version=version,
                    retention=retention,
                    module=function.__module__,
                )
            )

        return declare

    return decorator


silver = _computed("silver")
gold = _computed("gold")
