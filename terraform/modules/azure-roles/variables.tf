variable "prefix" {
  description = "What names of roles begin with."
  type        = string
}

variable "resource_group" {
  description = "The same by its name, for the identities of workflows."
  type        = string
}

variable "location" {
  description = "Where these identities are."
  type        = string
}

variable "tags" {
  description = "On these identities."
  type        = map(string)
  default     = {}
}

variable "subscription_id" {
  description = "The subscription as a scope: /subscriptions/<id>."
  type        = string
}

variable "resource_group_id" {
  description = "The resource group that everything is in."
  type        = string
}

variable "access" {
  description = "By role and area what it may do there, as terraform/declaration.json says it."
  type        = map(map(string))

  validation {
    condition = alltrue(flatten([
      for rights in values(var.access) : [for level in values(rights) : contains(["list", "deliver", "read", "restore", "write"], level)]
    ]))
    error_message = "A right is one of list, deliver, read, restore, write."
  }
}

variable "principals" {
  description = "By role who has it: a word of yours, and the object id of a group or of a service's identity."
  type        = map(map(string))

  validation {
    condition     = alltrue(flatten([for who in values(var.principals) : [for id in values(who) : can(regex("^[0-9a-f-]{36}$", id))]]))
    error_message = "Name who has a role by object ids, 8-4-4-4-12 hexadecimal digits."
  }
}

variable "workflows" {
  description = "By role (operator where releases are recorded, writer where `make smoke` runs) the subject of GitHub's runs that have it: repo:<owner>/<repository>:environment:<environment>. Each gets an identity."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for subject in values(var.workflows) : can(regex("^repo:[\\w.-]+/[\\w.-]+:environment:[\\w.-]+$", subject))])
    error_message = "A workflow is named by one repository and one of its environments: repo:<owner>/<repository>:environment:<environment>."
  }

  validation {
    condition     = alltrue([for role in keys(var.workflows) : contains(["operator", "writer"], role)])
    error_message = "A workflow is an operator or a writer."
  }
}

variable "container_ids" {
  description = "The container of each area, and that of what could not be delivered."
  type        = map(string)
}

variable "queue_id" {
  description = "The arrival queue."
  type        = string
}

variable "log_workspace_id" {
  description = "The workspace of logs."
  type        = string
}
