output "buckets" {
  description = "The bucket of each area, once each is there and takes what services write."
  value       = local.buckets
  depends_on  = [module.bucket, aws_s3_bucket_policy.logs]
}

output "key_arns" {
  description = "The key of each area but the logs'."
  value       = { for area, key in aws_kms_key.area : area => key.arn }
}

output "landing" {
  description = "What LAKEHOUSE_LANDING is."
  value       = "s3://${local.buckets["landing"]}"
}

output "root" {
  description = "What LAKEHOUSE_ROOT is: where what belongs to no layer lies."
  value       = "s3://${local.buckets["ops"]}"
}

output "layers" {
  description = "What LAKEHOUSE_LAYERS is: the bucket of a layer is called by it."
  value       = "s3://${var.prefix}-{layer}"
}
