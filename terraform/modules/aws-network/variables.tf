variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "The AWS account."
  type        = string
}

variable "region" {
  description = "The network's region."
  type        = string
}

variable "cidr" {
  description = "The network's addresses: a /16 gives 4,096 to each zone's private subnet."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && endswith(var.cidr, "/16")
    error_message = "Addresses are a /16, for example 10.40.0.0/16."
  }
}

variable "zones" {
  description = "Availability zones; two at least."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 6
    error_message = "Databricks, the load balancer and Postgres ask for two zones at least."
  }
}

variable "log_key_arn" {
  description = "The key of log groups."
  type        = string
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}
