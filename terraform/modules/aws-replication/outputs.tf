output "buckets" {
  description = "The copies, by area."
  value       = local.there
}
