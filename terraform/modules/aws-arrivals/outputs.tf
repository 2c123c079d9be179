output "queue_url" {
  description = "The queue that the sensors read."
  value       = aws_sqs_queue.arrivals.url
}

output "queue_arn" {
  description = "Its ARN, known before it exists."
  value       = local.arn
}

output "left_arn" {
  description = "The queue of what nobody took."
  value       = "${local.arn}-left"
}

output "key_arn" {
  description = "The key of both."
  value       = aws_kms_key.queue.arn
}
