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

variable "resource_group_id" {
  description = "The same, by id."
  type        = string
}

variable "watched" {
  description = "What is logged: by a word of yours the resource, and the categories of its logs."
  type = map(object({
    id         = string
    categories = list(string)
  }))
}

variable "logs_days" {
  description = "How long logs are kept and can be asked."
  type        = number
  default     = 365

  validation {
    condition     = var.logs_days >= 90 && var.logs_days <= 730
    error_message = "Logs are kept from 90 to 730 days."
  }
}

variable "daily_quota_gb" {
  description = "So much is logged in a day; then nothing more, and the bill stops growing. -1 for no bound."
  type        = number
  default     = 10
}

variable "denied_at_least" {
  description = "More denials than this in 5 minutes are an alarm."
  type        = number
  default     = 20
}

variable "deleted_at_least" {
  description = "More deletions than this in 5 minutes by others than the platform are an alarm."
  type        = number
  default     = 100
}

variable "platform_object_ids" {
  description = "The platform's own identities, who delete when they vacuum."
  type        = list(string)
}

variable "told_by_mail" {
  description = "Addresses that alarms are sent to."
  type        = list(string)
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}

