"""The transaction ids of a table, read from its log at once."""

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.transactions import current_version, transactions


def commit(path: str, *ids: Transaction) -> None:
    write_deltalake(
        path, pa.table({"a": [1]}), mode="append", commit_properties=CommitProperties(app_transactions=list(ids))
    )


def test_the_latest_version_of_every_id_is_known_and_agrees_with_delta_rs(tmp_path) -> None:
    path = str(tmp_path / "my läke")
    commit(path, Transaction("a", 1), Transaction("b 'x' é", 2**62))
    commit(path)
    commit(path, Transaction("a", 7))
    table = DeltaTable(path)
    assert transactions(path, table.version()) == {"a": 7, "b 'x' é": 2**62}
    assert all(
        table.transaction_version(name) == version for name, version in transactions(path, table.version()).items()
    )


def test_ids_survive_a_checkpoint_and_commits_after_it_win(tmp_path) -> None:
    path = str(tmp_path / "my läke")
    commit(path, Transaction("a", 1), Transaction("b", 2))
    commit(path)
    DeltaTable(path).create_checkpoint()
    (tmp_path / "my läke" / "_delta_log" / f"{0:020d}.json").unlink()
    commit(path, Transaction("b", 3))
    assert transactions(path, DeltaTable(path).version()) == {"a": 1, "b": 3}


def test_an_older_version_of_the_table_knows_its_own_ids(tmp_path) -> None:
    path = str(tmp_path / "my läke")
    commit(path, Transaction("a", 1))
    commit(path, Transaction("a", 2))
    DeltaTable(path).create_checkpoint()
    assert transactions(path, 0) == {"a": 1}


def test_a_table_without_ids_has_none(tmp_path) -> None:
    path = str(tmp_path / "my läke")
    commit(path)
    assert transactions(path, DeltaTable(path).version()) == {}


def test_the_current_version_is_the_last_commit_whatever_else_lies_beside_the_log(tmp_path) -> None:
    path = str(tmp_path / "t")
    assert current_version(path) == -1
    for _ in range(3):
        commit(path)
    DeltaTable(path).create_checkpoint()
    beside = tmp_path / "t" / "_delta_log" / "_staged_commits"
    beside.mkdir()
    (beside / f"{9:020d}.json").touch()
    assert current_version(path) == DeltaTable(path).version() == 2


def test_a_commit_that_is_being_made_or_died_in_the_making_is_no_version_yet(tmp_path) -> None:
    path = str(tmp_path / "t")
    commit(path, Transaction("a", 1))
    unfinished = tmp_path / "t" / "_delta_log" / f"{1:020d}.json#1"  # as delta-rs begins one on a disk
    unfinished.write_text('{"txn"')
    assert current_version(path) == DeltaTable(path).version() == 0
    assert Snapshot.of(path).marks.numbers == {"a": 1}
    commit(path, Transaction("a", 2))
    assert current_version(path) == 1


def test_of_several_checkpoints_the_latest_that_is_not_too_late_counts_and_none_below_the_log(tmp_path) -> None:
    path = str(tmp_path / "t")
    for number in range(4):
        commit(path, Transaction("a", number), Transaction(f"only {number}", number))
        if number < 3:
            DeltaTable(path).create_checkpoint()
    log = tmp_path / "t" / "_delta_log"
    for gone in (0, 1):
        (log / f"{gone:020d}.json").unlink()
    (log / "below").mkdir()
    (log / "below" / f"{2:020d}.checkpoint.parquet").touch()
    assert transactions(path, 1) == {"a": 1, "only 0": 0, "only 1": 1}
    assert transactions(path, 3) == {"a": 3} | {f"only {n}": n for n in range(4)}
