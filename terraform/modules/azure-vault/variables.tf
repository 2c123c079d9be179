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

variable "short" {
  description = "The prefix without hyphens, at most 18 letters and digits: what names of vaults, accounts and registries begin with."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,17}$", var.short))
    error_message = "The short prefix is 3 to 18 small letters and digits, a letter first."
  }
}

variable "tenant_id" {
  description = "The tenant."
  type        = string
}

variable "databricks_application_object_id" {
  description = "The object in this tenant of the application AzureDatabricks (2ff814a6-3304-4ab8-85cb-cd0e6f879c1d)."
  type        = string
}

variable "administered_from" {
  description = "Public addresses from which Terraform makes keys before anything in the network could: for the first apply. Empty: by the private endpoint alone."
  type        = list(string)
  default     = []

  validation {
    condition     = !contains(var.administered_from, "0.0.0.0/0")
    error_message = "The vault is administered from named addresses; everywhere is refused."
  }
}

variable "endpoint_subnet_id" {
  description = "The subnet of private endpoints."
  type        = string
}

variable "zone_id" {
  description = "The private DNS zone of vaults."
  type        = string
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}

