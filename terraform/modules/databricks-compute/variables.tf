variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "cloud" {
  description = "`aws` or `azure`."
  type        = string

  validation {
    condition     = contains(["aws", "azure"], var.cloud)
    error_message = "The cloud is aws or azure."
  }
}

variable "job" {
  description = "The shape of a job, as terraform/declaration.json says it."
  type = object({
    spark_version   = string
    min_workers     = number
    max_workers     = number
    spot            = bool
    first_on_demand = number
    access          = string
    timeout_minutes = number
    package         = string
    entry_point     = string
  })
}

variable "sizes" {
  description = "Bounds of clusters and pools, and the budget, as terraform/declaration.json says them of the platform."
  type = object({
    cluster_stops_after_minutes = number
    cluster_max_workers         = number
    pool_stops_after_minutes    = number
    pool_max_nodes              = number
    monthly_budget_dollars      = number
  })

  validation {
    condition     = var.sizes.cluster_stops_after_minutes >= 10 && var.sizes.cluster_stops_after_minutes <= 60
    error_message = "A cluster stops after 10 to 60 idle minutes."
  }
}

variable "warehouse" {
  description = "The SQL warehouse, as terraform/declaration.json says it."
  type = object({
    size                = string
    max_clusters        = number
    stops_after_minutes = number
  })

  validation {
    condition     = var.warehouse.stops_after_minutes > 0
    error_message = "A warehouse stops by itself: 0 minutes would be never."
  }
}

variable "node_types" {
  description = "Machines that clusters may be made of; the first where nobody says."
  type        = list(string)

  validation {
    condition     = length(var.node_types) > 0
    error_message = "Name one type of machine at least."
  }
}

variable "spark_versions" {
  description = "Versions of Databricks Runtime that clusters may have."
  type        = list(string)
}

variable "pools" {
  description = "Whether nodes are lent again for a while."
  type        = bool
  default     = true
}

variable "serverless" {
  description = "Whether the warehouse is Databricks' own machines: it starts in seconds, in networks that are not ours."
  type        = bool
  default     = false
}

variable "instance_profile_arn" {
  description = "AWS: what job clusters reach the lake by."
  type        = string
  default     = null
}

variable "run_as" {
  description = "The service principal that the job runs as, by its application id."
  type        = string
}

variable "volume" {
  description = "Where the wheel lies."
  type        = string
}

variable "wheel" {
  description = "The wheel's file name, as `make wheel` gives it."
  type        = string

  validation {
    condition     = can(regex("^lakehouse_assets-[0-9][^/]*-py3-none-any\\.whl$", var.wheel))
    error_message = "The wheel is called lakehouse_assets-<version>-py3-none-any.whl."
  }
}

variable "environment" {
  description = "Variables of job clusters: LAKEHOUSE_ROOT and so on; secrets as {{secrets/<scope>/<key>}}."
  type        = map(string)

  validation {
    condition = alltrue([
      for name, value in var.environment : !can(regex("(?i)(key|secret|token|password|sas)", name)) || can(regex("^\\{\\{secrets/[^/{}]+/[^/{}]+\\}\\}$", value))
    ])
    error_message = "A secret would lie in the job for all to read: say {{secrets/<scope>/<key>}}."
  }
}

variable "groups" {
  description = "By role the group at Databricks."
  type        = map(string)
}

variable "told_by_mail" {
  description = "Addresses that failures of the job and the budget are told to."
  type        = list(string)
}

variable "tags" {
  description = "On clusters, pools, the job and the warehouse: the budget counts what has them."
  type        = map(string)

  validation {
    condition     = contains(keys(var.tags), "cost_center")
    error_message = "Without the tag cost_center nobody knows whom a cluster is charged to."
  }
}
