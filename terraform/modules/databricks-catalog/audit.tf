# Who asked what, at what price: Databricks' own records, for auditors.

resource "databricks_system_schema" "kept" {
  for_each = toset(var.system_schemas)

  schema = each.key
}

resource "databricks_grants" "system" {
  for_each = contains(keys(local.people), "auditor") ? databricks_system_schema.kept : {}

  schema = each.value.full_name

  grant {
    principal  = local.people["auditor"]
    privileges = ["USE_SCHEMA", "SELECT"]
  }
}
