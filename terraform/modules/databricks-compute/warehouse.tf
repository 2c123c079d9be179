# Where gold is asked: it starts with a question and stops when nobody asks.

resource "databricks_sql_endpoint" "gold" {
  name                      = "${var.prefix}-gold"
  cluster_size              = var.warehouse.size
  min_num_clusters          = 1
  max_num_clusters          = var.warehouse.max_clusters
  auto_stop_mins            = var.warehouse.stops_after_minutes
  enable_serverless_compute = var.serverless
  warehouse_type            = "PRO"
  spot_instance_policy      = "COST_OPTIMIZED"

  tags {
    dynamic "custom_tags" {
      for_each = var.tags

      content {
        key   = custom_tags.key
        value = custom_tags.value
      }
    }
  }
}

# Files are reached by names and rights in the catalog alone, whatever a query says.
resource "databricks_sql_global_config" "this" {
  security_policy           = "DATA_ACCESS_CONTROL"
  enable_serverless_compute = var.serverless
}

resource "databricks_permissions" "gold" {
  sql_endpoint_id = databricks_sql_endpoint.gold.id

  dynamic "access_control" {
    for_each = { for role in ["reader", "operator"] : role => var.groups[role] if try(var.groups[role], "") != "" }

    content {
      group_name       = access_control.value
      permission_level = access_control.key == "operator" ? "CAN_MONITOR" : "CAN_USE"
    }
  }

  depends_on = [databricks_permission_assignment.group]
}

resource "databricks_permissions" "policy" {
  for_each = merge(
    { jobs = try(var.groups["writer"], ""), hand = try(var.groups["operator"], "") },
    var.pools ? { pooled = try(var.groups["writer"], "") } : {}
  )

  cluster_policy_id = (
    each.key == "jobs" ? databricks_cluster_policy.jobs.id
    : each.key == "hand" ? databricks_cluster_policy.hand.id
    : databricks_cluster_policy.pooled[0].id
  )

  access_control {
    group_name       = each.value
    permission_level = "CAN_USE"
  }

  lifecycle {
    precondition {
      condition     = each.value != ""
      error_message = "Nobody may use the policy ${each.key}: name the group of writers and that of operators."
    }
  }

  depends_on = [databricks_permission_assignment.group]
}

resource "databricks_permissions" "pool" {
  for_each = try(var.groups["writer"], "") == "" ? {} : databricks_instance_pool.nodes

  instance_pool_id = each.value.id

  access_control {
    group_name       = var.groups["writer"]
    permission_level = "CAN_ATTACH_TO"
  }

  depends_on = [databricks_permission_assignment.group]
}

resource "databricks_permissions" "table" {
  job_id = databricks_job.table.id

  access_control {
    group_name       = var.groups["operator"]
    permission_level = "CAN_MANAGE_RUN"
  }

  depends_on = [databricks_permission_assignment.group]
}

# Who may start clusters without a policy: nobody but administrators. Tokens of people end within a month.
resource "databricks_workspace_conf" "this" {
  custom_config = {
    enableTokensConfig                      = "true"
    maxTokenLifetimeDays                    = "30"
    enableExportNotebook                    = "false"
    enableDeprecatedClusterNamedInitScripts = "false"
    enableDeprecatedGlobalInitScripts       = "false"
  }
}
