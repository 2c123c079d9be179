variable "prefix" {
  description = "What every name begins with."
  type        = string
}

variable "account_id" {
  description = "The AWS account."
  type        = string
}

variable "region" {
  description = "The region of the queue, which is the landing bucket's."
  type        = string
}

variable "landing_bucket" {
  description = "The bucket that files are delivered to; the only one that may tell the queue."
  type        = string
}

variable "visible_again_after_seconds" {
  description = "After how long a message that was received and not deleted is offered again, where who receives it does not say otherwise."
  type        = number
  default     = 30
}

variable "late_after_minutes" {
  description = "How long a message may wait before the alarm."
  type        = number
  default     = 60
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
