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

variable "cidr" {
  description = "The network's addresses, a /16."
  type        = string
  default     = "10.41.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && endswith(var.cidr, "/16")
    error_message = "Addresses are a /16, for example 10.41.0.0/16."
  }
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}

