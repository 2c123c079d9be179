"""Each layer in a bucket of its own, as Terraform makes them: read, judged, rejected and published across buckets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest
from deltalake import DeltaTable

from lakehouse_assets.remote.main import main
from lakehouse_assets_tests.stores import outside

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

ANSWER = {"age": "25-34", "income": "35-49K", "household_size": "2", "household_comp": "2 Adults No Kids"}


@pytest.fixture
def apart(s3_lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The lake in S3, with a bucket for each layer beside."""
    client = boto3.Session().client("s3")  # the session that boto3 shares keeps the keys it first saw
    for layer in ("bronze", "silver", "quarantine"):
        client.create_bucket(Bucket=f"apart-{layer}")
    monkeypatch.setenv("LAKEHOUSE_LAYERS", "s3://apart-{layer}")
    return s3_lake


def test_a_table_reads_one_bucket_writes_another_and_rejects_into_a_third(
    apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [
        {**ANSWER, "household_id": "1", "kids_count": "0"},
        {**ANSWER, "household_id": "2", "kids_count": "nine"},
    ]
    lines = "\n".join(json.dumps(answer) for answer in [answers[0] | {"household_id": str(n)} for n in range(3, 40)])
    lines += "\n" + "\n".join(json.dumps(answer) for answer in answers) + "\n"
    outside.write(f"{apart.landing}/households/1.json", lines.encode())
    for table in ("bronze/households", "silver/households"):
        monkeypatch.setattr("sys.argv", ["lakehouse-task", "--table", table])
        main()
    silver = DeltaTable("s3://apart-silver/silver/households").to_pyarrow_table()
    rejected = DeltaTable("s3://apart-quarantine/quarantine/silver_households").to_pyarrow_table()
    assert (silver.num_rows, rejected.num_rows) == (38, 1)
    assert outside.below(f"{apart.root}/") == []
