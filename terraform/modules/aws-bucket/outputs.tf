output "name" {
  description = "The bucket's name."
  value       = aws_s3_bucket.this.id
}

output "arn" {
  description = "The bucket's ARN, known before it exists."
  value       = local.arn
}

output "forgets" {
  description = "By prefix, after how many days a superseded object is gone for good."
  value       = merge(var.shorter, { "" = var.retention.superseded_days })
}
