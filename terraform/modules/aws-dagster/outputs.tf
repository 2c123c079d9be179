output "address" {
  description = "The load balancer's name: point the UI's name at it."
  value       = aws_lb.this.dns_name
}

output "repository" {
  description = "Where the image is pushed to."
  value       = local.repository
}

output "environment" {
  description = "What each task is started with, secrets apart."
  value       = local.environment
}
