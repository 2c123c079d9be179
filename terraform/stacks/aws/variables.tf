variable "name" {
  description = "What every name begins with, together with the environment: 2 to 12 small letters, digits and hyphens."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,11}$", var.name))
    error_message = "A name is 2 to 12 small letters, digits and hyphens, a letter first: load balancers and vaults take no longer ones."
  }
}

variable "environment" {
  description = "`production`, `staging` or `branch`: each has a stack, a state and a lake of its own. The first two are LAKEHOUSE_ENVIRONMENT; a branch's processes say nothing."
  type        = string

  validation {
    condition     = contains(["production", "staging", "branch"], var.environment)
    error_message = "An environment is production, staging or branch."
  }
}

variable "account_id" {
  description = "The AWS account. With credentials of another one nothing is planned."
  type        = string
}

variable "region" {
  description = "Where everything is."
  type        = string
}

variable "region_of_copies" {
  description = "Where a second copy of bronze is kept; null for none. It doubles what bronze costs."
  type        = string
  default     = null
}

variable "cidr" {
  description = "Addresses of the network, a /16 that no other network here has."
  type        = string
  default     = "10.40.0.0/16"
}

variable "zones" {
  description = "Availability zones, two at least."
  type        = list(string)
}

variable "cost_center" {
  description = "Whom it is charged to: the tag `cost_center` on everything, and what the budget counts."
  type        = string
}

variable "tags" {
  description = "Further tags."
  type        = map(string)
  default     = {}
}

variable "trusted" {
  description = "By role (reader, operator, auditor, sender, and further writers) the ARNs that may assume it."
  type        = map(list(string))
}

variable "workflows" {
  description = "By role (operator where releases are recorded, writer where `make smoke` runs) the subject of GitHub's runs that have it: repo:<owner>/<repository>:environment:<environment>. The account must know GitHub as an OIDC provider."
  type        = map(string)
  default     = {}
}

variable "groups" {
  description = "By role (reader, writer, operator, auditor) the group at Databricks."
  type        = map(string)
}

variable "told_by_mail" {
  description = "Addresses that alarms, failures and the budget are told to."
  type        = list(string)
}

variable "audit_lock" {
  description = "GOVERNANCE, or COMPLIANCE where nobody at all may delete what was audited."
  type        = string
  default     = "GOVERNANCE"
}

variable "databricks_account_id" {
  description = "The account at Databricks."
  type        = string
}

variable "metastore_id" {
  description = "The region's Unity Catalog metastore."
  type        = string
}

variable "run_as" {
  description = "The service principal at Databricks that the job runs as, by its application id."
  type        = string
}

variable "node_types" {
  description = "Machines that clusters may be made of, the first by default; null for the declaration's."
  type        = list(string)
  default     = null
}

variable "engine" {
  description = "LAKEHOUSE_ENGINE: `databricks`, or `embedded` where one task is enough."
  type        = string
  default     = "databricks"

  validation {
    condition     = contains(["databricks", "embedded"], var.engine)
    error_message = "The engine is databricks or embedded."
  }
}

variable "code_version" {
  description = "The version of the code: of the wheel, and the image's tag."
  type        = string
}

variable "reached_from" {
  description = "Addresses from which people reach Dagster's UI."
  type        = list(string)
}

variable "certificate_arn" {
  description = "The certificate of the UI's name."
  type        = string
}

variable "identity" {
  description = "The identity provider that people sign in with."
  type = object({
    issuer                 = string
    authorization_endpoint = string
    token_endpoint         = string
    user_info_endpoint     = string
    client_id              = string
  })
}

variable "identity_secret" {
  description = "Its client's secret: TF_VAR_identity_secret, never a file."
  type        = string
  sensitive   = true
}

variable "records_password" {
  description = "The password of Postgres: TF_VAR_records_password, never a file. It is in no state and no plan."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "records_password_version" {
  description = "Raise it to write a new password."
  type        = number
  default     = 1
}

variable "secrets" {
  description = "Secrets of Dagster's tasks, by variable the whole ARN in Secrets Manager: DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET with the engine databricks; the channels of the alerts."
  type        = map(string)
  default     = {}
}

variable "smtp_port" {
  description = "The port of the mail server that Dagster's alerts are sent by, for example 587; null for none."
  type        = number
  default     = null
}
