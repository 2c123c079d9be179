# Each list is complete: whoever was granted something by hand loses it with the next apply.

resource "databricks_grants" "catalog" {
  catalog = databricks_catalog.lake.name

  dynamic "grant" {
    for_each = local.people

    content {
      principal = grant.value
      privileges = (
        grant.key == "writer" ? ["USE_CATALOG", "CREATE_SCHEMA"]
        : grant.key == "auditor" ? ["BROWSE"]
        : ["USE_CATALOG"]
      )
    }
  }
}

resource "databricks_grants" "schema" {
  for_each = { for schema, grants in local.schema_grants : schema => grants if length(grants) > 0 }

  schema = databricks_schema.layer[each.key].id

  dynamic "grant" {
    for_each = each.value

    content {
      principal  = grant.key
      privileges = grant.value
    }
  }
}

resource "databricks_grants" "place" {
  for_each = { for area, grants in local.place_grants : area => grants if length(grants) > 0 }

  external_location = databricks_external_location.area[each.key].id

  dynamic "grant" {
    for_each = each.value

    content {
      principal  = grant.key
      privileges = grant.value
    }
  }
}

resource "databricks_grants" "jobs" {
  count = contains(keys(local.people), "writer") ? 1 : 0

  volume = databricks_volume.jobs.id

  grant {
    principal  = local.people["writer"]
    privileges = ["READ_VOLUME", "WRITE_VOLUME"]
  }
}
