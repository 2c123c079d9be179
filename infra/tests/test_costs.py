"""What it costs when idle is reckoned from the plans and the prices, and each price says where it is from."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import Any

import pytest

from infra import costs
from infra.core import TREE

PRICES = json.loads(costs.PRICES.read_text())


def test_the_readme_says_the_costs_of_the_plans(plans: dict[str, dict[str, Any]]) -> None:
    readme = (TREE / "README.md").read_text()
    assert costs.written(readme, plans, PRICES) == readme, "run `make infra-docs`"


def test_every_price_is_used_and_says_where_and_of_when_it_is_or_that_it_is_assumed(
    plans: dict[str, dict[str, Any]],
) -> None:
    for cloud, plan in plans.items():
        used = {name for line in costs.lines(cloud, plan) for _, name in line.parts}
        assert used == PRICES[cloud].keys()
    sources = [price["source"] for known in PRICES.values() for price in known.values()]
    told = re.compile(r"20\d\d|github|microsoft/|list price|assumed")
    assert [source for source in sources if not told.search(source)] == []


def test_the_prices_are_of_the_classes_that_the_declaration_asks_for() -> None:
    sizes = json.loads((TREE / "declaration.json").read_text())["platform"]
    assert sizes["postgres_class_aws"] in PRICES["aws"]["postgres_hour"]["source"]
    assert sizes["postgres_class_azure"].rpartition("_")[2] in PRICES["azure"]["postgres_hour"]["source"]


@pytest.mark.parametrize(("cloud", "name", "per_month"), [("aws", "key_month", 12), ("azure", "registry_day", 30)])
def test_another_price_makes_another_sum(
    plans: dict[str, dict[str, Any]], cloud: str, name: str, per_month: int
) -> None:
    dearer = deepcopy(PRICES)
    dearer[cloud][name]["usd"] += 10
    assert total(cloud, plans, dearer) - total(cloud, plans, PRICES) == pytest.approx(10 * per_month)


def test_a_second_way_out_costs_once_more(plans: dict[str, dict[str, Any]]) -> None:
    more = deepcopy(plans)
    gateway = next(c for c in more["aws"]["resource_changes"] if c["type"] == "aws_nat_gateway")
    more["aws"]["resource_changes"].append(gateway)
    assert total("aws", more, PRICES) - total("aws", plans, PRICES) == pytest.approx(0.048 * 730)


def test_an_assumed_price_has_a_star_and_their_share_is_told(plans: dict[str, dict[str, Any]]) -> None:
    said = costs.text(plans, PRICES)
    assert "12 x 1* |" in said
    known = deepcopy(PRICES)
    for price in known["aws"].values():
        price["source"] = "our contract of 2026"
    assert "**assumed**: 0 $ of AWS," in costs.text(plans, known)


def total(cloud: str, plans: dict[str, dict[str, Any]], prices: dict[str, Any]) -> float:
    return sum(line.usd(prices[cloud]) for line in costs.lines(cloud, plans[cloud]))
