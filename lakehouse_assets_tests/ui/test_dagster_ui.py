"""What a person sees and clicks in the Dagster UI."""

import re
import subprocess

import pytest
from playwright.sync_api import Page, expect

from lakehouse_assets_tests.cli.command import LAKEHOUSE

pytestmark = pytest.mark.browser


def test_the_asset_graph_shows_the_three_layers_and_what_each_table_reads(page: Page) -> None:
    page.goto("/asset-groups")
    for layer in ("bronze", "silver", "gold"):
        expect(page.get_by_text(layer, exact=True).first).to_be_visible()
    page.goto("/assets/gold/daily_store_sales?view=lineage")
    expect(page.get_by_text("daily_store_sales").first).to_be_visible()
    expect(page.get_by_text("transactions").first).to_be_visible()


def test_an_asset_page_tells_owner_columns_rules_and_description_from_the_contract(page: Page) -> None:
    page.goto("/assets/silver/transactions?view=overview")
    expect(page.get_by_text("One product line of a basket.").first).to_be_visible()
    expect(page.get_by_text("can be read as decimal(12,2)").first).to_be_visible()
    expect(page.get_by_text("the retailer's week").first).to_be_visible()
    expect(page.get_by_text("sales", exact=True).first).to_be_visible()


def test_the_partitions_of_the_days_that_were_loaded_are_there_and_no_others(page: Page) -> None:
    page.goto("/assets/silver/transactions?view=partitions")
    expect(page.get_by_text("Materialized (3)")).to_be_visible()
    expect(page.get_by_text("Missing (363)")).to_be_visible()


def test_a_check_shows_how_many_rows_failed_and_the_version_it_judged(page: Page) -> None:
    page.goto("/assets/silver/transactions?view=checks&checkDetail=quantity_is_counted")
    expect(page.get_by_text("its money is real, it stays").first).to_be_visible()
    expect(page.get_by_text("failed_rows").first).to_be_visible()
    expect(page.get_by_text("delta_version").first).to_be_visible()


def test_one_click_materialises_a_table_and_shows_its_checks_and_metadata(page: Page) -> None:
    page.goto("/assets/silver/products?view=overview")
    page.get_by_role("button", name="Materialize", exact=False).first.click()
    page.get_by_role("link", name="View", exact=True).first.click()
    expect(page.get_by_text("Success").first).to_be_visible()
    page.goto("/assets/silver/products?view=events")
    expect(page.get_by_text("delta_version").first).to_be_visible()
    expect(page.get_by_text(re.compile("92,?331")).first).to_be_visible()
    page.goto("/assets/silver/products?view=checks&checkDetail=product_id__not_null")
    expect(page.get_by_text("Succeeded").first).to_be_visible()


def test_the_quarantine_of_a_table_is_an_asset_that_tells_its_rows_and_replays_at_a_click(page: Page) -> None:
    page.goto("/assets/quarantine/silver_transactions?view=overview")
    expect(page.get_by_text("Materialising it replays them").first).to_be_visible()
    expect(page.get_by_text("product_id__in_silver_products").first).to_be_visible()
    page.goto("/assets/quarantine/silver_transactions?view=partitions")
    expect(page.get_by_text("Materialized (3)")).to_be_visible()


def test_a_check_of_a_whole_partition_shows_its_figures(page: Page) -> None:
    page.goto("/assets/bronze/transactions?view=checks&checkDetail=volume")
    expect(page.get_by_text("volume").first).to_be_visible()
    expect(page.get_by_text("Succeeded").first).to_be_visible()


@pytest.mark.parametrize("asset", ["bronze/transactions", "silver/products"], ids=["a_partitioned_one", "another"])
def test_rows_and_seconds_of_each_materialisation_are_plotted(page: Page, asset: str) -> None:
    page.goto(f"/assets/{asset}?view=overview")
    page.get_by_text("Plots", exact=True).click()
    if asset == "bronze/transactions":
        # By partition the UI plots the last 120 of a calendar, of which this lake holds none.
        page.get_by_role("button", name="Events").click()
    rows = "rows_of_run" if asset == "bronze/transactions" else "dagster/row_count"
    for label in (rows, "size_bytes", "seconds_judge", "seconds_commit", "peak_memory_bytes"):
        heading = page.get_by_text(label, exact=True).first
        heading.scroll_into_view_if_needed()
        expect(heading).to_be_visible()
        plot = heading.locator("xpath=ancestor::*[.//canvas][1]//canvas")
        expect(plot).to_be_visible()
        box = plot.bounding_box()
        assert box is not None
        assert box["width"] > 200
        assert box["height"] > 50


def test_a_backfill_of_the_command_is_shown_with_its_progress(page: Page, environment: dict[str, str]) -> None:
    command = [LAKEHOUSE, "backfill", "start", "bronze/transactions", "--from", "2017-01-01", "--to", "2017-01-03"]
    said = subprocess.run(
        [*command, "--force"], env=environment, check=True, timeout=120, capture_output=True, text=True
    )
    (backfill,) = re.findall(r"Started backfill (\w+)", said.stdout)
    page.goto("/runs")
    page.get_by_text("Backfills", exact=True).first.click()
    expect(page.get_by_text(backfill).first).to_be_visible()
    page.goto(f"/runs/b/{backfill}")
    expect(page.get_by_text("bronze / transactions").first).to_be_visible()
    expect(page.get_by_text("100% completed").first).to_be_visible(timeout=180_000)
