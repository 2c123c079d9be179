variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "The AWS account."
  type        = string
}

variable "region" {
  description = "Where the originals are."
  type        = string
}

variable "region_there" {
  description = "Where the copies go; the provider `aws.there` is for it."
  type        = string

  validation {
    condition     = var.region_there != var.region
    error_message = "A copy in the same region is none: choose another."
  }
}

variable "areas" {
  description = "What is copied: by default what nobody can make again."
  type        = set(string)
  default     = ["bronze"]
}

variable "buckets" {
  description = "The bucket of each area."
  type        = map(string)
}

variable "key_arns" {
  description = "The key of each area."
  type        = map(string)
}

variable "retention" {
  description = "Retention and tiers by area, as terraform/declaration.json says them."
  type = map(object({
    superseded_days   = number
    cool_after_days   = optional(number)
    cold_after_days   = optional(number)
    expire_after_days = optional(number)
    tables            = bool
  }))
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}
