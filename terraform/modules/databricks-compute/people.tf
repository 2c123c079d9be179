# Groups and what jobs run as are the account's: a workspace that is new knows none of them, and gives rights to none.

resource "databricks_permission_assignment" "group" {
  for_each = toset([for group in values(var.groups) : group if group != ""])

  group_name  = each.key
  permissions = ["USER"]
}

resource "databricks_permission_assignment" "jobs" {
  service_principal_name = var.run_as
  permissions            = ["USER"]
}
