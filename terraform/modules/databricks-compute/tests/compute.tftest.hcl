mock_provider "databricks" {}

mock_provider "databricks" {
  alias = "account"
}

variables {
  prefix               = "acme-prod"
  cloud                = "aws"
  job                  = jsondecode(file("../../declaration.json")).job
  sizes                = jsondecode(file("../../declaration.json")).platform
  warehouse            = jsondecode(file("../../declaration.json")).warehouse
  node_types           = ["i3.xlarge", "i3.2xlarge"]
  spark_versions       = ["17.3.x-scala2.13"]
  instance_profile_arn = "arn:aws:iam::111122223333:instance-profile/acme-prod-jobs"
  run_as               = "00000000-0000-0000-0000-000000000001"
  volume               = "/Volumes/acme_prod/ops/lakehouse"
  wheel                = "lakehouse_assets-0.1.0-py3-none-any.whl"
  environment          = { LAKEHOUSE_LAYERS = "s3://acme-prod-{layer}" }
  groups               = { reader = "analysts", writer = "platform", operator = "oncall", auditor = "audit" }
  told_by_mail         = ["oncall@acme.example"]
  tags                 = { cost_center = "42" }
}

run "a_cluster_that_somebody_starts_stops_by_itself" {
  assert {
    condition = (
      jsondecode(databricks_cluster_policy.hand.definition)["autotermination_minutes"].maxValue == jsondecode(file("../../declaration.json")).platform.cluster_stops_after_minutes
      && jsondecode(databricks_cluster_policy.hand.definition)["autotermination_minutes"].minValue == 10
    )
    error_message = "A cluster could stay on for ever."
  }

  assert {
    condition     = databricks_cluster_policy.hand.max_clusters_per_user == 1
    error_message = "Somebody could start any number of clusters."
  }
}

run "clusters_stay_within_bounds_of_size_kind_and_price" {
  assert {
    condition = alltrue([
      for policy in [databricks_cluster_policy.jobs, databricks_cluster_policy.hand] : (
        jsondecode(policy.definition)["autoscale.max_workers"].maxValue == 8
        && jsondecode(policy.definition)["node_type_id"].type == "allowlist"
        && jsondecode(policy.definition)["aws_attributes.availability"].value == "SPOT_WITH_FALLBACK"
        && jsondecode(policy.definition)["aws_attributes.first_on_demand"].minValue == 1
        && jsondecode(policy.definition)["custom_tags.cost_center"].value == "42"
        && jsondecode(policy.definition)["enable_local_disk_encryption"].value
      )
    ])
    error_message = "A policy lets through a size, a machine, a driver on spot, or a cluster without tags or encryption."
  }
}

run "pools_keep_nothing_idle_and_drivers_off_spot" {
  assert {
    condition     = alltrue([for pool in databricks_instance_pool.nodes : pool.min_idle_instances == 0 && pool.idle_instance_autotermination_minutes == 15])
    error_message = "A pool costs while nothing runs."
  }

  assert {
    condition     = jsondecode(databricks_cluster_policy.pooled[0].definition)["driver_instance_pool_id"].values == [databricks_instance_pool.nodes["drivers"].id] && !contains(keys(jsondecode(databricks_cluster_policy.pooled[0].definition)), "aws_attributes.availability")
    error_message = "A driver could be a spot node, or the policy asks of a pool what the pool itself says."
  }

  assert {
    condition     = databricks_instance_pool.nodes["drivers"].aws_attributes[0].availability == "ON_DEMAND" && databricks_instance_pool.nodes["workers"].aws_attributes[0].availability == "SPOT"
    error_message = "Drivers would be spot nodes, or workers would not."
  }
}

run "a_new_workspace_knows_its_groups_and_what_jobs_run_as" {
  assert {
    condition     = toset([for one in databricks_permission_assignment.group : one.group_name]) == toset(values(var.groups)) && databricks_permission_assignment.jobs.service_principal_name == var.run_as
    error_message = "Rights would be given to a group that the workspace does not know, or the job run as nobody."
  }
}

run "the_job_is_the_wheel_in_dagsters_shape" {
  assert {
    condition = (
      one(databricks_job.table.task).python_wheel_task[0].entry_point == "lakehouse-task"
      && one(one(databricks_job.table.task).library).whl == "/Volumes/acme_prod/ops/lakehouse/lakehouse_assets-0.1.0-py3-none-any.whl"
      && one(databricks_job.table.job_cluster).new_cluster[0].autoscale[0].max_workers == 4
      && databricks_job.table.timeout_seconds == 240 * 60
      && one(databricks_job.table.job_cluster).new_cluster[0].policy_id == databricks_cluster_policy.pooled[0].id
    )
    error_message = "The job is not the wheel within the policy."
  }
}

run "the_warehouse_stops_and_the_budget_tells" {
  assert {
    condition     = databricks_sql_endpoint.gold.auto_stop_mins == 10 && databricks_sql_endpoint.gold.cluster_size == "2X-Small"
    error_message = "The warehouse stays on, or is larger than declared."
  }

  assert {
    condition     = [for alert in databricks_budget.month.alert_configurations : alert.quantity_threshold] == ["250", "500"] && alltrue([for alert in databricks_budget.month.alert_configurations : length(alert.action_configurations) == 1])
    error_message = "Nobody is told what it costs."
  }
}

run "on_azure_spot_is_azures" {
  variables {
    cloud                = "azure"
    pools                = false
    instance_profile_arn = null
  }

  assert {
    condition     = jsondecode(databricks_cluster_policy.jobs.definition)["azure_attributes.availability"].value == "SPOT_WITH_FALLBACK_AZURE" && length(databricks_instance_pool.nodes) == 0
    error_message = "Azure's clusters are told AWS's words."
  }

  assert {
    condition     = one(databricks_job.table.job_cluster).new_cluster[0].policy_id == databricks_cluster_policy.jobs.id && length(databricks_cluster_policy.pooled) == 0
    error_message = "Without pools the job is not within the policy of bought machines."
  }

  assert {
    condition     = one(databricks_job.table.job_cluster).new_cluster[0].azure_attributes[0].first_on_demand == 1 && length(one(databricks_job.table.job_cluster).new_cluster[0].aws_attributes) == 0
    error_message = "The job's driver could be a spot node."
  }
}

run "a_warehouse_that_never_stops_is_refused" {
  command = plan

  variables {
    warehouse = { size = "2X-Small", max_clusters = 1, stops_after_minutes = 0 }
  }

  expect_failures = [var.warehouse]
}

run "clusters_that_nobody_pays_for_are_refused" {
  command = plan

  variables {
    tags = { team = "sales" }
  }

  expect_failures = [var.tags]
}

run "a_secret_in_plain_sight_is_refused" {
  command = plan

  variables {
    environment = { AZURE_CLIENT_SECRET = "x" }
  }

  expect_failures = [var.environment]
}
