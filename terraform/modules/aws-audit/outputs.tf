output "trail_arn" {
  description = "The trail, known before it exists."
  value       = local.arn
}

output "topic_arn" {
  description = "Where alarms are told."
  value       = aws_sns_topic.told.arn
}

output "log_key_arn" {
  description = "The key for log groups below /lakehouse/<prefix>/."
  value       = aws_kms_key.witness.arn
}
