variable "prefix" {
  description = "What names of places begin with."
  type        = string
}

variable "catalog" {
  description = "The catalog's name: LAKEHOUSE_CATALOG."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]*$", var.catalog))
    error_message = "A catalog is called by small letters, digits and underscores."
  }
}

variable "credential" {
  description = "The storage credential by which Unity Catalog reaches the lake."
  type        = string
}

variable "urls" {
  description = "The URL of each area that has tables or deliveries; `ops` must be among them."
  type        = map(string)

  validation {
    condition     = contains(keys(var.urls), "ops") && alltrue([for url in values(var.urls) : can(regex("^(s3|abfss)://", url))])
    error_message = "Each area is an s3:// or abfss:// URL, ops among them."
  }
}

variable "access" {
  description = "By role and area what it may do there, as terraform/declaration.json says it."
  type        = map(map(string))
}

variable "groups" {
  description = "By role the group, or service principal, that has it at Databricks; a role without one is granted nothing."
  type        = map(string)
}

variable "comments" {
  description = "What each schema is, for those who browse."
  type        = map(string)
  default = {
    bronze     = "Sources as delivered, with where each row came from."
    silver     = "Typed, de-duplicated, contracted."
    gold       = "Answers to questions that analysts ask."
    quarantine = "Rejected rows, with why, from where and as they came."
    ops        = "What the platform says of itself."
  }
}

variable "system_schemas" {
  description = "Databricks' own records that are switched on."
  type        = list(string)
  default     = ["access", "compute", "lakeflow", "query"]
}

variable "tags" {
  description = "On the catalog."
  type        = map(string)
  default     = {}
}
