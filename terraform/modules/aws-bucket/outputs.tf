output "name" {
  description = "The bucket's name, once it takes what services write and keeps versions."
  value       = aws_s3_bucket.this.id
  depends_on  = [aws_s3_bucket_policy.this, aws_s3_bucket_versioning.this]
}

output "arn" {
  description = "The bucket's ARN, likewise."
  value       = local.arn
  depends_on  = [aws_s3_bucket_policy.this, aws_s3_bucket_versioning.this]
}

output "forgets" {
  description = "By prefix, after how many days a superseded object is gone for good."
  value       = merge(var.shorter, { "" = var.retention.superseded_days })
}
