variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "The AWS account."
  type        = string
}

variable "region" {
  description = "The region."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "reached_from" {
  description = "Addresses from which people reach the UI: the VPN's, or the office's."
  type        = list(string)

  validation {
    condition     = length(var.reached_from) > 0 && !contains(var.reached_from, "0.0.0.0/0")
    error_message = "Say from where the UI is reached; everywhere is refused."
  }
}

variable "certificate_arn" {
  description = "The certificate of the UI's name."
  type        = string
}

variable "identity" {
  description = "The identity provider that people sign in with, by OpenID Connect."
  type = object({
    issuer                 = string
    authorization_endpoint = string
    token_endpoint         = string
    user_info_endpoint     = string
    client_id              = string
  })

  validation {
    condition     = alltrue([for url in [var.identity.issuer, var.identity.authorization_endpoint, var.identity.token_endpoint, var.identity.user_info_endpoint] : startswith(url, "https://")])
    error_message = "An identity provider is reached by https:// alone."
  }
}

variable "identity_secret" {
  description = "The secret of that client. It lies in Terraform's state, which the backend encrypts."
  type        = string
  sensitive   = true
}

variable "image_tag" {
  description = "The image of the code, by tag in the repository that this module makes: a version, never `latest`."
  type        = string

  validation {
    condition     = var.image_tag != "latest" && var.image_tag != ""
    error_message = "Name a version: `latest` says neither what runs nor what ran."
  }
}

variable "sizes" {
  description = "Of tasks and Postgres, as terraform/declaration.json says them of the platform."
  type = object({
    webserver_cpu_milli    = number
    webserver_memory_mib   = number
    daemon_cpu_milli       = number
    daemon_memory_mib      = number
    code_cpu_milli         = number
    code_memory_mib        = number
    postgres_storage_gib   = number
    postgres_backup_days   = number
    postgres_class_aws     = string
    postgres_version_major = number
  })
}

variable "writer_role_arn" {
  description = "The role that runs have: the lake's writer."
  type        = string
}

variable "records_password" {
  description = "The password of Postgres: it is kept nowhere but in Secrets Manager."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "records_password_version" {
  description = "Raise it to write a new password."
  type        = number
  default     = 1
}

variable "environment" {
  description = "What the code is started with beside Dagster's own: LAKEHOUSE_ROOT and so on. No secrets."
  type        = map(string)

  validation {
    condition     = alltrue([for name in keys(var.environment) : !can(regex("(?i)(secret|password|token|_key$)", name))])
    error_message = "A secret would lie in the task's definition for all to read: use secrets."
  }
}

variable "secrets" {
  description = "Variables whose values are secrets, as whole ARNs in Secrets Manager."
  type        = map(string)
  default     = {}

  # Without the six characters at its end the ARN is no resource that a policy can name: the task could not start.
  validation {
    condition     = alltrue([for arn in values(var.secrets) : can(regex("^arn:aws:secretsmanager:[^:]+:[0-9]{12}:secret:[^:]+-[A-Za-z0-9]{6}$", arn))])
    error_message = "A secret is named by its whole ARN: ...:secret:<name>-<six characters>."
  }
}

variable "smtp_port" {
  description = "The port of the mail server that alerts are sent by; null for none. The code gets out by TLS on 443, and by this."
  type        = number
  default     = null

  validation {
    condition     = var.smtp_port == null || contains([465, 587, 2465, 2525, 2587], coalesce(var.smtp_port, 465))
    error_message = "Mail is handed in on 465, 587, 2465, 2525 or 2587."
  }
}

variable "compute_log_bucket" {
  description = "Where what runs print is kept."
  type        = string
}

variable "access_log_bucket" {
  description = "Where the load balancer logs who asked."
  type        = string
}

variable "log_key_arn" {
  description = "The key of log groups below /lakehouse/<prefix>/."
  type        = string
}

variable "alarm_topics" {
  description = "SNS topics that alarms are sent to."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}
