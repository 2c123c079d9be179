# Names for the lake's tables, and who may use them: one schema for each layer, rights from the same matrix as the stores'.

locals {
  schemas = toset(["bronze", "silver", "gold", "quarantine", "ops"])
  people  = { for role, group in var.groups : role => group if group != "" }

  of_schema = {
    list    = []
    deliver = []
    read    = ["USE_SCHEMA", "SELECT"]
    restore = ["USE_SCHEMA", "SELECT"]
    write   = ["USE_SCHEMA", "SELECT", "MODIFY", "CREATE_TABLE", "APPLY_TAG"]
  }
  of_place = {
    list    = []
    deliver = []
    read    = ["READ_FILES"]
    restore = ["READ_FILES"]
    write   = ["READ_FILES", "WRITE_FILES", "CREATE_EXTERNAL_TABLE"]
  }
  # A reader asks tables by name and no files beside them: else a view that hides a column would hide nothing.
  by_files = ["writer", "operator"]

  schema_grants = {
    for schema in local.schemas : schema => {
      for role, group in local.people : group => local.of_schema[var.access[role][schema]]
      if try(length(local.of_schema[var.access[role][schema]]) > 0, false)
    }
  }
  place_grants = {
    for area in keys(var.urls) : area => {
      for role, group in local.people : group => local.of_place[var.access[role][area]]
      if contains(local.by_files, role) && try(length(local.of_place[var.access[role][area]]) > 0, false)
    }
  }
}

# Nothing is tried when a place is named: a landing zone that is still empty has no file to read, which is a refusal, and
# rights that are seconds old are not known everywhere.
resource "databricks_external_location" "area" {
  for_each = var.urls

  name            = "${var.prefix}-${each.key}"
  url             = each.value
  credential_name = var.credential
  comment         = "The lake's ${each.key}"
  read_only       = each.key == "landing"
  skip_validation = true
  isolation_mode  = "ISOLATION_MODE_ISOLATED"
}

resource "databricks_catalog" "lake" {
  name           = var.catalog
  comment        = "Tables of the lake, by layer; the files are the lake's own, and dropping a name drops none."
  storage_root   = "${var.urls["ops"]}/unity"
  isolation_mode = "ISOLATED"
  force_destroy  = false
  properties     = var.tags

  depends_on = [databricks_external_location.area]
}

resource "databricks_schema" "layer" {
  for_each = local.schemas

  catalog_name = databricks_catalog.lake.name
  name         = each.key
  comment      = var.comments[each.key]
  properties   = { lakehouse_layer = each.key }
}

# Messages between Dagster and its jobs, and the wheel they run.
resource "databricks_volume" "jobs" {
  catalog_name = databricks_catalog.lake.name
  schema_name  = databricks_schema.layer["ops"].name
  name         = "lakehouse"
  volume_type  = "MANAGED"
  comment      = "LAKEHOUSE_DATABRICKS_VOLUME: messages of jobs, and the wheel."
}
