variable "prefix" {
  description = "What names of roles begin with."
  type        = string
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
