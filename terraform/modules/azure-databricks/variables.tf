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

variable "key" {
  description = "The key of notebooks, secrets and disks: its id with a version, and the scope that rights on it are given on."
  type = object({
    id    = string
    scope = string
  })

  validation {
    condition     = can(regex("^https://[^/]+/keys/[^/]+/[^/]+$", var.key.id))
    error_message = "Databricks takes a key by its version alone: https://<vault>/keys/<key>/<version>."
  }
}

variable "network_id" {
  description = "The network that clusters run in."
  type        = string
}

variable "group_association_ids" {
  description = "That the clusters' two subnets have their security groups."
  type        = map(string)
}

variable "endpoint_subnet_id" {
  description = "The subnet of private endpoints."
  type        = string
}

variable "zone_id" {
  description = "The private DNS zone of Databricks."
  type        = string
}

variable "container_ids" {
  description = "The containers that Unity Catalog reaches, by area."
  type        = map(string)
}

variable "metastore_id" {
  description = "The region's Unity Catalog metastore: there is one for each region and account, made beforehand."
  type        = string
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}

