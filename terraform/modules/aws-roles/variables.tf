variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "The account, whose OIDC provider for GitHub a workflow's run comes by."
  type        = string
}

variable "region" {
  description = "The region whose S3 may use the keys for a role."
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

variable "roles" {
  description = "What each role is there for, as terraform/declaration.json says it."
  type        = map(string)
}

variable "trusted" {
  description = "By role who may assume it: ARNs of roles and users, or names of AWS services. A role that nobody may assume is not made."
  type        = map(list(string))

  validation {
    condition     = alltrue(flatten([for who in values(var.trusted) : [for one in who : one != "*" && !endswith(one, ":root")]]))
    error_message = "Name who may assume a role: neither anybody nor a whole account."
  }
}

variable "workflows" {
  description = "By role (operator where releases are recorded, writer where `make smoke` runs) the subject of GitHub's runs that have it: repo:<owner>/<repository>:environment:<environment>. The account must know GitHub as an OIDC provider."
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

variable "buckets" {
  description = "The bucket of each area."
  type        = map(string)
}

variable "key_arns" {
  description = "The key of each area that has one."
  type        = map(string)
}

variable "queues" {
  description = "ARNs of the arrival queue, of the queue of what nobody took, and of their key."
  type = object({
    arrivals = string
    left     = string
    key      = string
  })
}

variable "trail_arn" {
  description = "The trail that an auditor may look at."
  type        = string
}

variable "session_seconds" {
  description = "How long a session of a role lasts."
  type        = number
  default     = 3600
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}
