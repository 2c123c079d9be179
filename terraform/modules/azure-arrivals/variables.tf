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

variable "account_id" {
  description = "The lake's storage account."
  type        = string
}

variable "account" {
  description = "Its name."
  type        = string
}

variable "undelivered_container_id" {
  description = "Where messages lie that could not be delivered."
  type        = string
}

variable "tags" {
  description = "On everything."
  type        = map(string)
  default     = {}
}

