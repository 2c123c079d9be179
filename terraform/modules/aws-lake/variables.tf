variable "prefix" {
  description = "What every name begins with, unique in all of S3: `acme-prod` gives `acme-prod-bronze`."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{2,40}$", var.prefix))
    error_message = "The prefix must be 3 to 41 small letters, digits and hyphens: buckets are called by it."
  }
}

variable "account_id" {
  description = "The AWS account that everything is made in."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account is 12 digits."
  }
}

variable "areas" {
  description = "Retention and tiers by area, as terraform/declaration.json says them."
  type = map(object({
    superseded_days   = number
    cool_after_days   = optional(number)
    cold_after_days   = optional(number)
    expire_after_days = optional(number)
    tables            = bool
  }))

  validation {
    condition     = alltrue([for area in ["landing", "bronze", "silver", "gold", "quarantine", "ops", "audit", "logs"] : contains(keys(var.areas), area)])
    error_message = "An area is missing: landing, bronze, silver, gold, quarantine, ops, audit and logs are needed."
  }
}

variable "classes" {
  description = "Days that superseded files of a class of tables stay, as terraform/declaration.json says them."
  type        = map(number)
  default     = {}
}

variable "tables" {
  description = "Tables of a class other than standard, as terraform/declaration.json says them: `silver/x` to its class."
  type        = map(string)
  default     = {}
}

variable "compute_log_days" {
  description = "How long what runs print stays."
  type        = number
  default     = 90
}

variable "audit_lock" {
  description = "GOVERNANCE: who has the right to, and no role here has, can lift the lock. COMPLIANCE: nobody can, not even root."
  type        = string
  default     = "GOVERNANCE"

  validation {
    condition     = contains(["GOVERNANCE", "COMPLIANCE"], var.audit_lock)
    error_message = "A lock is GOVERNANCE or COMPLIANCE."
  }
}

variable "tags" {
  description = "On everything; each bucket has its area as `lakehouse_layer` beside."
  type        = map(string)
  default     = {}
}
