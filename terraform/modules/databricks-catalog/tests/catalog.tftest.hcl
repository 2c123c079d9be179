mock_provider "databricks" {
  mock_resource "databricks_system_schema" {
    defaults = { full_name = "system.access" }
  }
}

variables {
  prefix     = "acme-prod"
  catalog    = "acme_prod"
  credential = "acme-prod-unity"
  urls       = { for area in ["landing", "bronze", "silver", "gold", "quarantine", "ops"] : area => "s3://acme-prod-${area}" }
  access     = jsondecode(file("../../declaration.json")).access
  groups     = { reader = "analysts", writer = "platform", operator = "oncall", auditor = "audit" }
}

run "a_reader_asks_gold_by_name_alone" {
  assert {
    condition     = join(" ", local.schema_grants["gold"]["analysts"]) == "USE_SCHEMA SELECT"
    error_message = "A reader cannot ask gold, or can do more."
  }

  assert {
    condition     = alltrue([for schema in ["bronze", "silver", "quarantine", "ops"] : !contains(keys(local.schema_grants[schema]), "analysts")])
    error_message = "A reader sees more than gold."
  }

  assert {
    condition     = alltrue([for grants in values(local.place_grants) : !contains(keys(grants), "analysts")])
    error_message = "A reader can read files beside the names."
  }
}

run "only_the_platform_makes_tables_and_nobody_changes_deliveries" {
  assert {
    condition = alltrue(flatten([
      for grants in values(local.schema_grants) : [for group, privileges in grants : group == "platform" || !contains(privileges, "MODIFY")]
    ]))
    error_message = "Somebody else than the platform can change tables."
  }

  assert {
    condition     = databricks_external_location.area["landing"].read_only && !databricks_external_location.area["gold"].read_only
    error_message = "Deliveries can be changed."
  }

  assert {
    condition     = databricks_external_location.area["landing"].skip_validation
    error_message = "A landing zone that is still empty would be refused: there is no file to read."
  }

  assert {
    condition     = !contains(flatten([for grants in values(local.place_grants) : values(grants)]), "ALL_PRIVILEGES")
    error_message = "Somebody has every right on a place."
  }
}

run "an_auditor_sees_names_and_records_and_no_row" {
  assert {
    condition     = one([for grant in databricks_grants.catalog.grant : grant.privileges if grant.principal == "audit"]) == toset(["BROWSE"])
    error_message = "An auditor sees more than names."
  }

  assert {
    condition     = alltrue([for schema, grants in local.schema_grants : schema == "ops" || !contains(keys(grants), "audit")]) && join(" ", keys(databricks_grants.system)) == "access compute lakeflow query"
    error_message = "An auditor sees rows of tables, or not Databricks' records."
  }
}

run "nothing_of_it_serves_another_workspace" {
  assert {
    condition     = databricks_catalog.lake.isolation_mode == "ISOLATED" && alltrue([for place in databricks_external_location.area : place.isolation_mode == "ISOLATION_MODE_ISOLATED"]) && !databricks_catalog.lake.force_destroy
    error_message = "Another workspace sees the catalog, or a mistake drops it."
  }

  assert {
    condition     = output.volume == "/Volumes/acme_prod/ops/lakehouse"
    error_message = "The volume is not where Dagster's jobs look."
  }
}

run "a_role_without_a_group_is_granted_nothing" {
  variables {
    groups = { reader = "analysts", writer = "" }
  }

  assert {
    condition     = length(databricks_grants.jobs) == 0 && length(databricks_grants.system) == 0
    error_message = "Somebody who is not there was granted something."
  }
}

run "a_name_that_is_none_is_refused" {
  command = plan

  variables {
    catalog = "acme-prod"
  }

  expect_failures = [var.catalog]
}

run "a_place_on_no_store_is_refused" {
  command = plan

  variables {
    urls = { ops = "dbfs:/lake" }
  }

  expect_failures = [var.urls]
}
