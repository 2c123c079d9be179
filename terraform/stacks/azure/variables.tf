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

variable "subscription_id" {
  description = "The subscription, by id."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id))
    error_message = "A subscription is written as 8-4-4-4-12 hexadecimal digits."
  }
}

variable "tenant_id" {
  description = "The tenant."
  type        = string
}

variable "location" {
  description = "Where everything is: a region with availability zones."
  type        = string
}

variable "replication" {
  description = "ZRS, or GZRS for a second copy in another region, which doubles what storage costs."
  type        = string
  default     = "ZRS"
}

variable "cidr" {
  description = "Addresses of the network, a /16 that no other network here has."
  type        = string
  default     = "10.41.0.0/16"
}

variable "administered_from" {
  description = "Public addresses from which Terraform reaches the vault, for the first apply; empty afterwards."
  type        = list(string)
  default     = []
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

variable "principals" {
  description = "By role (reader, operator, auditor, sender, and further writers) who has it: a word of yours, and an object id."
  type        = map(map(string))
}

variable "workflows" {
  description = "By role (operator where releases are recorded, writer where `make smoke` runs) the subject of GitHub's runs that have it: repo:<owner>/<repository>:environment:<environment>. Each gets an identity."
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

variable "databricks_account_id" {
  description = "The account at Databricks."
  type        = string
}

variable "databricks_application_object_id" {
  description = "The object in this tenant of the application AzureDatabricks (2ff814a6-3304-4ab8-85cb-cd0e6f879c1d)."
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

variable "job_environment" {
  description = "Variables by which job clusters reach the lake: AZURE_CLIENT_ID and so on, secrets as {{secrets/<scope>/<key>}}."
  type        = map(string)
  default     = {}
}

variable "code_version" {
  description = "The version of the code: of the wheel, and the image's tag."
  type        = string
}

variable "identity" {
  description = "The application at Entra that people sign in to, the address of its secret in a vault, and the groups that may."
  type = object({
    client_id      = string
    secret_id      = string
    allowed_groups = list(string)
  })
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
  description = "Secrets of the code, by variable the address in a vault: DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET with the engine databricks; the channels of the alerts."
  type        = map(string)
  default     = {}
}

variable "secret_resource_ids" {
  description = "The same secrets, and that of the sign-in, as resources, so that the platform may read them."
  type        = map(string)
}
