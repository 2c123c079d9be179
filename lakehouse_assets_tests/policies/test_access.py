"""Each role may do what it is there for, and no more."""

from __future__ import annotations

from lakehouse_assets.declare.table import LAYERS
from lakehouse_assets.policies.access import ACCESS, ROLES
from lakehouse_assets.policies.retention import AREAS


def test_every_role_is_described_and_every_right_is_of_an_area() -> None:
    assert set(ACCESS) == set(ROLES)
    assert {area for rights in ACCESS.values() for area in rights} <= set(AREAS)


def test_only_the_platform_itself_writes_tables() -> None:
    writers = {role for role, rights in ACCESS.items() for layer in LAYERS if rights.get(layer) == "write"}
    assert writers == {"writer"}


def test_nobody_writes_what_bears_witness() -> None:
    assert {rights.get(area) for rights in ACCESS.values() for area in ("audit", "logs")} <= {None, "read"}


def test_an_auditor_sees_no_row_of_a_table_and_a_sender_none_that_was_sent() -> None:
    assert {ACCESS["auditor"][area] for area in (*LAYERS, "quarantine", "landing")} == {"list"}
    assert ACCESS["sender"] == {"landing": "deliver"}


def test_a_reader_sees_gold_alone() -> None:
    assert ACCESS["reader"] == {"gold": "read"}
