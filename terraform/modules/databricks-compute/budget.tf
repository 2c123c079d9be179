# What it may cost in a month before somebody is told. It stops nothing: what stops is said by the policies.

resource "databricks_budget" "month" {
  provider = databricks.account

  display_name = "${var.prefix} a month"

  filter {
    dynamic "tags" {
      for_each = var.tags

      content {
        key = tags.key

        value {
          operator = "IN"
          values   = [tags.value]
        }
      }
    }
  }

  dynamic "alert_configurations" {
    for_each = [0.5, 1]

    content {
      time_period        = "MONTH"
      trigger_type       = "CUMULATIVE_SPENDING_EXCEEDED"
      quantity_type      = "LIST_PRICE_DOLLARS_USD"
      quantity_threshold = tostring(var.sizes.monthly_budget_dollars * alert_configurations.value)

      dynamic "action_configurations" {
        for_each = var.told_by_mail

        content {
          action_type = "EMAIL_NOTIFICATION"
          target      = action_configurations.value
        }
      }
    }
  }
}

resource "databricks_budget_policy" "serverless" {
  provider = databricks.account

  policy_name = "${var.prefix}-serverless"
  custom_tags = [for key in sort(keys(var.tags)) : { key = key, value = var.tags[key] }]
}
