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
  description = "The prefix without hyphens: what the registry's name begins with."
  type        = string
}

variable "network_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets by purpose: code, web, records, endpoints."
  type        = map(string)
}

variable "zone_ids" {
  description = "Private DNS zones: web, registry, records."
  type        = map(string)
}

variable "log_workspace_id" {
  description = "Where what the apps print goes."
  type        = string
}

variable "vault_id" {
  description = "The vault, for the password of Postgres."
  type        = string
}

variable "key_ids" {
  description = "The key of the records."
  type        = map(string)
}

variable "identity_ids" {
  description = "The identity that uses it."
  type        = map(string)
}

variable "writer" {
  description = "The identity that runs have: the lake's writer."
  type = object({
    id           = string
    client_id    = string
    principal_id = string
  })
}

variable "account" {
  description = "The lake's storage account, where what runs print is kept."
  type        = string
}

variable "identity" {
  description = "The application at Entra that people sign in to, the secret of which lies in a vault, and the groups that may."
  type = object({
    tenant_id      = string
    client_id      = string
    secret_id      = string
    allowed_groups = list(string)
  })

  validation {
    condition     = length(var.identity.allowed_groups) > 0
    error_message = "Name the groups that may see Dagster: without any the whole tenant may."
  }
}

variable "image_tag" {
  description = "The image of the code, by tag: a version, never `latest`."
  type        = string

  validation {
    condition     = var.image_tag != "latest" && var.image_tag != ""
    error_message = "Name a version: `latest` says neither what runs nor what ran."
  }
}

variable "sizes" {
  description = "Of apps and Postgres, as terraform/declaration.json says them of the platform."
  type = object({
    daemon_cpu_milli       = number
    daemon_memory_mib      = number
    code_cpu_milli         = number
    code_memory_mib        = number
    postgres_storage_gib   = number
    postgres_backup_days   = number
    postgres_class_azure   = string
    postgres_version_major = number
  })
}

variable "records_password" {
  description = "The password of Postgres: it is kept nowhere but in the vault."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "records_password_version" {
  description = "Raise it to write a new password."
  type        = number
  default     = 1
}

variable "environment" {
  description = "What the code is started with beside Dagster's own. No secrets."
  type        = map(string)

  validation {
    condition     = alltrue([for name in keys(var.environment) : !can(regex("(?i)(secret|password|token|_key$)", name))])
    error_message = "A secret would lie in the app's settings for all to read: use secrets."
  }
}

variable "secrets" {
  description = "Variables of the code whose values are secrets, as addresses in a vault."
  type        = map(string)
  default     = {}
}

variable "secret_resource_ids" {
  description = "The same secrets, and that of the sign-in, as resources, to be granted on."
  type        = map(string)

  # Nobody could grant it before: the identity that reads them is made here.
  validation {
    condition = length(setsubtract(
      [for address in concat([var.identity.secret_id], values(var.secrets)) : join("/", regex("^https://([^.]+)[^/]+/secrets/([^/]+)", address))],
      [for id in values(var.secret_resource_ids) : join("/", regex("/vaults/([^/]+)/secrets/([^/]+)$", id))]
    )) == 0
    error_message = "Name each secret as a resource, too, and that of the sign-in: else Dagster may not read it, and does not start."
  }
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}

