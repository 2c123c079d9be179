"""`python -m infra.costs`: what each stack costs in a month in which nobody works.

How much of everything there is, the plan says, which is made from the stack's example and the declared sizes; what one
of it costs, terraform/prices.json says, each price with where it is from. `--prices` takes a file of the same form.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from infra.core import PRETENDED, TREE, Terraform, copied, schemas
from infra.provider import serving

if TYPE_CHECKING:
    from collections.abc import Callable

PRICES = TREE / "prices.json"
HOURS, DAYS = 730, 30
START, END = "<!-- written by `make infra-docs` -->", "<!-- until here -->"
ASSUMED = "assumed"
# What Container Apps' dedicated nodes hold: vCPU and GiB.
PROFILES = {"D4": (4, 16), "D8": (8, 32), "D16": (16, 64)}


@dataclass(frozen=True)
class Line:
    """One thing that costs: so much of each of these prices in a month."""

    what: str
    parts: tuple[tuple[float, str], ...]

    def usd(self, prices: dict[str, dict[str, Any]]) -> float:
        """What it costs in a month."""
        return sum(amount * prices[name]["usd"] * _per_month(name) for amount, name in self.parts)

    def said(self, prices: dict[str, dict[str, Any]]) -> str:
        """The arithmetic; a price that is assumed has a star."""
        return " + ".join(f"{amount:g} x {_price(prices[name])}{_times(name)}" for amount, name in self.parts)


def lines(cloud: str, plan: dict[str, Any]) -> list[Line]:
    """What costs although nobody works."""
    return {"aws": _aws, "azure": _azure}[cloud](plan, _made(plan))


def table(cloud: str, plan: dict[str, Any], prices: dict[str, Any]) -> str:
    """The costs as a table, with their sum."""
    known = prices[cloud]
    rows = sorted(lines(cloud, plan), key=lambda line: -line.usd(known))
    total = sum(line.usd(known) for line in rows)
    return "\n".join(
        [
            f"| {'AWS' if cloud == 'aws' else 'Azure'} | | $ |",
            "|---|---|---|",
            *(f"| {line.what} | {line.said(known)} | {line.usd(known):.0f} |" for line in rows),
            f"| **together** | | **{total:.0f}** |",
        ]
    )


def text(plans: dict[str, dict[str, Any]], prices: dict[str, Any]) -> str:
    """The tables of both clouds, how much of them is assumed, and where each price is from."""
    parts = [table(cloud, plan, prices) for cloud, plan in plans.items()]
    assumed = {cloud: _assumed(cloud, plan, prices[cloud]) for cloud, plan in plans.items()}
    parts.append(
        f"A star marks a price that is **assumed**: {assumed['aws']:.0f} $ of AWS, {assumed['azure']:.0f} $ of Azure."
    )
    sources = [
        f"| {cloud} `{name}` | {price['usd']:g} | {price['source']} |"
        for cloud in plans
        for name, price in prices[cloud].items()
    ]
    parts.append("\n".join(["| price | $ | from |", "|---|---|---|", *sources]))
    return "\n\n".join(parts)


def written(readme: str, plans: dict[str, dict[str, Any]], prices: dict[str, Any]) -> str:
    """The README with its costs as they are reckoned now."""
    before, _, rest = readme.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{text(plans, prices)}\n{END}{after}"


def _aws(plan: dict[str, Any], made: Callable[[str], list[dict[str, Any]]]) -> list[Line]:
    tasks = {task["family"]: task for task in made("aws_ecs_task_definition")}
    vcpu = sum(int(task["cpu"]) for task in tasks.values()) / 1024
    gib = sum(int(task["memory"]) for task in tasks.values()) / 1024
    (postgres,) = made("aws_db_instance")
    zones = 2 if postgres["multi_az"] else 1
    secrets = len(plan["variables"]["secrets"]["value"]) + len(made("aws_secretsmanager_secret"))
    return [
        Line("Fargate", ((vcpu, "fargate_vcpu_hour"), (gib, "fargate_gib_hour"))),
        Line(
            f"Postgres, {postgres['instance_class']}",
            ((zones, "postgres_hour"), (zones * postgres["allocated_storage"], "postgres_gib_month")),
        ),
        Line(
            "NAT gateway and its address",
            ((len(made("aws_nat_gateway")), "nat_hour"), (len(made("aws_eip")), "address_hour")),
        ),
        Line("load balancer", ((len(made("aws_lb")), "balancer_hour"),)),
        Line("KMS keys", ((len(made("aws_kms_key")), "key_month"),)),
        Line(
            "secrets, alarms",
            ((secrets, "secret_month"), (len(made("aws_cloudwatch_metric_alarm")), "alarm_month")),
        ),
    ]


def _azure(plan: dict[str, Any], made: Callable[[str], list[dict[str, Any]]]) -> list[Line]:
    environments = made("azurerm_container_app_environment")
    nodes = [
        (profile["minimum_count"], *PROFILES[profile["workload_profile_type"]])
        for environment in environments
        for profile in environment["workload_profile"]
    ]
    (postgres,) = made("azurerm_postgresql_flexible_server")
    alarms = len(made("azurerm_monitor_scheduled_query_rules_alert_v2"))
    return [
        Line(
            "container apps",
            (
                (len(environments), "apps_management_hour"),
                (sum(count * vcpu for count, vcpu, _ in nodes), "apps_vcpu_hour"),
                (sum(count * gib for count, _, gib in nodes), "apps_gib_hour"),
            ),
        ),
        Line("App Service", ((sum(p["worker_count"] for p in made("azurerm_service_plan")), "web_worker_month"),)),
        Line("private endpoints", ((len(made("azurerm_private_endpoint")), "endpoint_hour"),)),
        Line(
            f"Postgres, {postgres['sku_name']}",
            ((1, "postgres_hour"), (postgres["storage_mb"] / 1024, "postgres_gib_month")),
        ),
        Line("registry", ((len(made("azurerm_container_registry")), "registry_day"),)),
        Line(
            "NAT gateway and its address",
            ((len(made("azurerm_nat_gateway")), "nat_hour"), (len(made("azurerm_public_ip")), "address_hour")),
        ),
        Line("keys in an HSM", ((len(made("azurerm_key_vault_key")), "hsm_key_month"),)),
        Line("alarms, DNS", ((alarms, "alarm_month"), (len(made("azurerm_private_dns_zone")), "zone_month"))),
    ]


def _made(plan: dict[str, Any]) -> Callable[[str], list[dict[str, Any]]]:
    def of(kind: str) -> list[dict[str, Any]]:
        changes = (c for c in plan["resource_changes"] if c["type"] == kind and c["mode"] == "managed")
        return [change["change"]["after"] for change in changes]

    return of


def _assumed(cloud: str, plan: dict[str, Any], prices: dict[str, Any]) -> float:
    parts = [part for line in lines(cloud, plan) for part in line.parts]
    return sum(Line("", (part,)).usd(prices) for part in parts if prices[part[1]]["source"].startswith(ASSUMED))


def _per_month(name: str) -> int:
    return {"hour": HOURS, "day": DAYS, "month": 1}[name.rpartition("_")[2]]


def _times(name: str) -> str:
    times = _per_month(name)
    return f" x {times}" if times > 1 else ""


def _price(price: dict[str, Any]) -> str:
    return f"{price['usd']:g}{'*' if price['source'].startswith(ASSUMED) else ''}"


def plans(terraform: Terraform, into: Path) -> dict[str, dict[str, Any]]:
    """The plan of each stack from its example."""
    tree = copied(into)
    return {name: terraform.plan(tree / "stacks" / name, "-var-file=example.tfvars") for name in ("aws", "azure")}


def main() -> None:
    """Print the costs."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--prices", type=Path, default=PRICES, help="prices of your own, in the form of prices.json")
    prices = json.loads(asked.parse_args().prices.read_text())
    with TemporaryDirectory() as scratch, serving(schemas(), Path(scratch)) as variables:
        sys.stdout.write(text(plans(Terraform(variables | PRETENDED), Path(scratch)), prices) + "\n")


if __name__ == "__main__":
    main()
