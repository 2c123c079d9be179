# The wheel as a job that can be run by hand, of the shape that Dagster submits: for a table, with Dagster down.

resource "databricks_job" "table" {
  name                = "${var.prefix}-table"
  description         = "Makes one table for some partitions, from the wheel, as Dagster's own jobs do."
  max_concurrent_runs = 1
  timeout_seconds     = var.job.timeout_minutes * 60
  tags                = var.tags

  parameter {
    name    = "table"
    default = "gold/daily_store_sales"
  }

  parameter {
    name    = "keys"
    default = ""
  }

  queue {
    enabled = true
  }

  run_as {
    service_principal_name = var.run_as
  }

  email_notifications {
    on_failure = var.told_by_mail
  }

  job_cluster {
    job_cluster_key = "own"

    new_cluster {
      spark_version                = var.job.spark_version
      policy_id                    = var.pools ? databricks_cluster_policy.pooled[0].id : databricks_cluster_policy.jobs.id
      node_type_id                 = var.pools ? null : var.node_types[0]
      instance_pool_id             = var.pools ? databricks_instance_pool.nodes["workers"].id : null
      driver_instance_pool_id      = var.pools ? databricks_instance_pool.nodes["drivers"].id : null
      data_security_mode           = "SINGLE_USER"
      enable_local_disk_encryption = true
      spark_env_vars               = var.environment
      spark_conf                   = { "spark.sql.session.timeZone" = "UTC" }
      custom_tags                  = var.tags

      autoscale {
        min_workers = var.job.min_workers
        max_workers = var.job.max_workers
      }

      dynamic "aws_attributes" {
        for_each = var.cloud == "aws" ? [1] : []

        content {
          instance_profile_arn = var.instance_profile_arn
          availability         = var.pools ? null : local.spot.aws.value
          first_on_demand      = var.pools ? null : var.job.first_on_demand
        }
      }

      dynamic "azure_attributes" {
        for_each = var.cloud == "azure" && !var.pools ? [1] : []

        content {
          availability    = local.spot.azure.value
          first_on_demand = var.job.first_on_demand
        }
      }
    }
  }

  task {
    task_key        = "table"
    job_cluster_key = "own"

    library {
      whl = "${var.volume}/${var.wheel}"
    }

    python_wheel_task {
      package_name = var.job.package
      entry_point  = var.job.entry_point
      parameters   = ["--table", "{{job.parameters.table}}", "--keys", "{{job.parameters.keys}}"]
    }
  }

  depends_on = [databricks_permission_assignment.jobs]
}
