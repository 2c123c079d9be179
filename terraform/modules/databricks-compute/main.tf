# What may run, how large, and when it stops: nobody starts a cluster but by a policy.

locals {
  tags = { for key, value in var.tags : "custom_tags.${key}" => { type = "fixed", value = value } }
  spot = {
    aws   = { type = "fixed", value = var.job.spot ? "SPOT_WITH_FALLBACK" : "ON_DEMAND" }
    azure = { type = "fixed", value = var.job.spot ? "SPOT_WITH_FALLBACK_AZURE" : "ON_DEMAND_AZURE" }
  }

  everywhere = merge(local.tags, {
    "spark_version"                               = { type = "allowlist", values = var.spark_versions, defaultValue = var.job.spark_version }
    "data_security_mode"                          = { type = "allowlist", values = [var.job.access, "SINGLE_USER"], defaultValue = "SINGLE_USER" }
    "enable_local_disk_encryption"                = { type = "fixed", value = true, hidden = true }
    "autoscale.min_workers"                       = { type = "range", minValue = 1, maxValue = var.job.min_workers, defaultValue = var.job.min_workers }
    "spark_conf.spark.databricks.cluster.profile" = { type = "forbidden" }
    "init_scripts.*.workspace.destination"        = { type = "forbidden" }
    "docker_image.url"                            = { type = "forbidden" }
  })

  # Of machines that are bought for the cluster. A limit makes what it limits obligatory, but where it says otherwise.
  bought = {
    "node_type_id"                            = { type = "allowlist", values = var.node_types, defaultValue = var.node_types[0] }
    "driver_node_type_id"                     = { type = "allowlist", values = var.node_types, isOptional = true }
    "${var.cloud}_attributes.availability"    = local.spot[var.cloud]
    "${var.cloud}_attributes.first_on_demand" = { type = "range", minValue = var.job.first_on_demand, defaultValue = var.job.first_on_demand }
  }

  # Of machines that a pool lends: it says their type and price, and a driver is never of the pool of workers.
  lent = {
    "instance_pool_id"        = { type = "allowlist", values = [for pool in databricks_instance_pool.nodes : pool.id] }
    "driver_instance_pool_id" = { type = "allowlist", values = [for name, pool in databricks_instance_pool.nodes : pool.id if name == "drivers"] }
  }

  job_bounds = {
    "cluster_type"          = { type = "fixed", value = "job" }
    "autoscale.max_workers" = { type = "range", minValue = 1, maxValue = var.sizes.cluster_max_workers, defaultValue = var.job.max_workers }
  }
}

# Dagster's jobs: they end with their run.
resource "databricks_cluster_policy" "jobs" {
  name        = "${var.prefix}-jobs"
  description = "Jobs of the lake: within bounds, on spot nodes where there are any, tagged."
  definition  = jsonencode(merge(local.everywhere, local.bought, local.job_bounds))
}

# The same on machines that a pool lends.
resource "databricks_cluster_policy" "pooled" {
  count = var.pools ? 1 : 0

  name        = "${var.prefix}-jobs-pooled"
  description = "Jobs of the lake on machines of its pools: within bounds, tagged."
  definition  = jsonencode(merge(local.everywhere, local.lent, local.job_bounds))
}

# What somebody starts by hand: it stops by itself, and nobody can say otherwise.
resource "databricks_cluster_policy" "hand" {
  name                  = "${var.prefix}-by-hand"
  description           = "Clusters for people: they stop when nobody uses them."
  max_clusters_per_user = 1
  definition = jsonencode(merge(local.everywhere, local.bought, {
    "cluster_type"            = { type = "fixed", value = "all-purpose" }
    "autotermination_minutes" = { type = "range", minValue = 10, maxValue = var.sizes.cluster_stops_after_minutes, defaultValue = var.sizes.cluster_stops_after_minutes }
    "autoscale.max_workers"   = { type = "range", minValue = 1, maxValue = var.sizes.cluster_max_workers, defaultValue = 2 }
  }))
}

# Nodes that were given back are lent again for a while: many small tables start in seconds instead of minutes.
# None is kept idle for its own sake. A driver that is lost loses its run, so it is never a spot node.
resource "databricks_instance_pool" "nodes" {
  for_each = var.pools ? { workers = var.job.spot, drivers = false } : {}

  instance_pool_name                    = "${var.prefix}-${each.key}"
  node_type_id                          = var.node_types[0]
  min_idle_instances                    = 0
  max_capacity                          = var.sizes.pool_max_nodes
  idle_instance_autotermination_minutes = var.sizes.pool_stops_after_minutes
  preloaded_spark_versions              = [var.job.spark_version]
  enable_elastic_disk                   = true
  custom_tags                           = var.tags

  dynamic "aws_attributes" {
    for_each = var.cloud == "aws" ? [1] : []

    content {
      availability           = each.value ? "SPOT" : "ON_DEMAND"
      spot_bid_price_percent = 100
      zone_id                = "auto"
    }
  }

  dynamic "azure_attributes" {
    for_each = var.cloud == "azure" ? [1] : []

    content {
      availability       = each.value ? "SPOT_AZURE" : "ON_DEMAND_AZURE"
      spot_bid_max_price = -1
    }
  }
}
