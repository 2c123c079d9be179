variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "The AWS account."
  type        = string
}

variable "region" {
  description = "The region of the trail; it hears of all."
  type        = string
}

variable "audit_bucket" {
  description = "Where the trail's files go."
  type        = string
}

variable "audit_key_arn" {
  description = "The key of that bucket."
  type        = string
}

variable "watched_buckets" {
  description = "Buckets of which every read, write and deletion of an object is recorded. The trail's own is not among them: it would record itself."
  type        = list(string)

  validation {
    condition     = length(var.watched_buckets) > 0 && !contains(var.watched_buckets, var.audit_bucket)
    error_message = "Watch one bucket at least, and not the trail's own: it would record itself."
  }
}

variable "denied_at_least" {
  description = "So many denials in 5 minutes are an alarm."
  type        = number
  default     = 20
}

variable "told_by_mail" {
  description = "Addresses that alarms are sent to; each must be confirmed by a click."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}
