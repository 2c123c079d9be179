variable "name" {
  description = "The bucket's name, unique in all of S3."
  type        = string
}

variable "kms_key_arn" {
  description = "The key that everything in the bucket is encrypted with."
  type        = string
}

variable "access_log_bucket" {
  description = "The bucket that S3 writes a line for each request to."
  type        = string
}

variable "inventory_bucket" {
  description = "The bucket that the weekly list of all objects goes to."
  type        = string
}

variable "inventory_key_arn" {
  description = "The key of that bucket."
  type        = string
}

variable "retention" {
  description = "What the bucket does by itself with ageing objects, as terraform/declaration.json says it of an area."
  type = object({
    superseded_days   = number
    cool_after_days   = optional(number)
    cold_after_days   = optional(number)
    expire_after_days = optional(number)
    tables            = optional(bool, true)
  })

  validation {
    condition     = !(var.retention.tables && var.retention.expire_after_days != null)
    error_message = "A bucket that holds tables cannot expire objects by age: live files of a table would go."
  }
}

variable "shorter" {
  description = "Prefixes whose superseded objects go sooner than the bucket's, with the days: tables about people."
  type        = map(number)
  default     = {}

  validation {
    condition     = alltrue([for days in values(var.shorter) : days <= var.retention.superseded_days])
    error_message = "S3 keeps the shorter of two rules, so that a prefix can only shorten what its bucket says."
  }
}

variable "expiring" {
  description = "Prefixes whose objects go by age, with the days: what runs print."
  type        = map(number)
  default     = {}
}

variable "statements" {
  description = "Further statements of the bucket's policy."
  type        = any
  default     = []
}

variable "tags" {
  description = "On the bucket; they say whom its cost belongs to."
  type        = map(string)
  default     = {}
}
