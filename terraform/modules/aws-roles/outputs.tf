output "arns" {
  description = "The roles that were made."
  value       = { for role, made in aws_iam_role.role : role => made.arn }
}

output "names" {
  description = "Their names, known before they exist."
  value       = { for role in keys(local.trusted) : role => "${var.prefix}-${role}" }
}

output "policies" {
  description = "What each role may do, as JSON."
  value       = { for role, made in aws_iam_role_policy.role : role => made.policy }
}

output "trust" {
  description = "Who may assume each role, as JSON."
  value       = { for role, made in aws_iam_role.role : role => made.assume_role_policy }
}
