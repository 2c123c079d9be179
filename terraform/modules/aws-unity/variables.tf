variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "The AWS account."
  type        = string
}

variable "region" {
  description = "The region whose S3 may use the keys."
  type        = string
}

variable "unity_master_role_arn" {
  description = "The role of Databricks' own account from which Unity Catalog comes; this default is that of AWS's commercial regions."
  type        = string
  default     = "arn:aws:iam::414351767826:role/unity-catalog-prod-UCMasterRole-14S5ZJVKOTYTL"
}

variable "buckets" {
  description = "The buckets that hold tables, by area, and that of deliveries as `landing`, which is read alone."
  type        = map(string)
}

variable "key_arns" {
  description = "Their keys, by area."
  type        = map(string)
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}
