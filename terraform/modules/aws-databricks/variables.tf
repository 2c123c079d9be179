variable "prefix" {
  description = "What every name begins with, the workspace's too."
  type        = string
}

variable "account_id" {
  description = "The AWS account that clusters run in."
  type        = string
}

variable "region" {
  description = "The workspace's region."
  type        = string
}

variable "databricks_account_id" {
  description = "The account at Databricks, as its account console shows it."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.databricks_account_id))
    error_message = "An account at Databricks is written as 8-4-4-4-12 hexadecimal digits."
  }
}

variable "databricks_aws_account_id" {
  description = "Databricks' own AWS account, of AWS's commercial regions."
  type        = string
  default     = "414351767826"
}

variable "metastore_id" {
  description = "The region's Unity Catalog metastore: there is one for each region and account, made beforehand."
  type        = string
}

variable "vpc_id" {
  description = "The network that clusters run in."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, in two zones at least."
  type        = list(string)
}

variable "clusters_group_id" {
  description = "The security group of clusters."
  type        = string
}

variable "writer_role_name" {
  description = "The lake's writer, which job clusters have."
  type        = string
}

variable "writer_role_arn" {
  description = "Its ARN: the only role that Databricks may pass to a machine."
  type        = string
}

variable "access_log_bucket" {
  description = "Where access to the root storage is logged."
  type        = string
}

variable "audit_bucket" {
  description = "Where its inventory goes."
  type        = string
}

variable "audit_key_arn" {
  description = "The key of that bucket."
  type        = string
}

variable "tags" {
  description = "On everything, and on every cluster of the workspace."
  type        = map(string)
  default     = {}
}
