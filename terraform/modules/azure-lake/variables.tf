variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "resource_group" {
  description = "The resource group that everything is made in."
  type        = string
}

variable "location" {
  description = "The region."
  type        = string
}

variable "account" {
  description = "The storage account's name, unique in all of Azure."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.account))
    error_message = "An account is called by 3 to 24 small letters and digits."
  }
}

variable "replication" {
  description = "ZRS: three zones of the region. GZRS: a copy in another region beside, which doubles what storage costs."
  type        = string
  default     = "ZRS"

  validation {
    condition     = contains(["ZRS", "GZRS"], var.replication)
    error_message = "A lake is kept in three zones at least: ZRS or GZRS."
  }
}

variable "areas" {
  description = "Retention and tiers by area, as terraform/declaration.json says them."
  type = map(object({
    superseded_days   = number
    cool_after_days   = optional(number)
    cold_after_days   = optional(number)
    expire_after_days = optional(number)
    tables            = bool
  }))

  validation {
    condition     = alltrue([for retention in values(var.areas) : !(retention.tables && retention.expire_after_days != null)])
    error_message = "An area that holds tables cannot expire blobs by age: live files of a table would go."
  }
}

variable "classes" {
  description = "Days that superseded files of a class of tables stay, as terraform/declaration.json says them."
  type        = map(number)
  default     = {}
}

variable "tables" {
  description = "Tables of a class other than standard, as terraform/declaration.json says them."
  type        = map(string)
  default     = {}
}

variable "compute_log_days" {
  description = "How long what runs print stays."
  type        = number
  default     = 90
}

variable "identity_id" {
  description = "The identity by which the account uses its key."
  type        = string
}

variable "key_id" {
  description = "The key, without a version."
  type        = string
}

variable "endpoint_subnet_id" {
  description = "The subnet of private endpoints."
  type        = string
}

variable "zone_ids" {
  description = "Private DNS zones of blob, dfs and queue."
  type        = map(string)
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}

