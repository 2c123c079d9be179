output "rights" {
  description = "Who has which level where."
  value       = local.rights
}
