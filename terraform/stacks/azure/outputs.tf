output "root" {
  description = "LAKEHOUSE_ROOT"
  value       = module.lake.root
}

output "layers" {
  description = "LAKEHOUSE_LAYERS"
  value       = module.lake.layers
}

output "landing" {
  description = "LAKEHOUSE_LANDING"
  value       = module.lake.landing
}

output "queue" {
  description = "LAKEHOUSE_QUEUE"
  value       = module.arrivals.queue_url
}

output "catalog" {
  description = "LAKEHOUSE_CATALOG"
  value       = module.catalog.catalog
}

output "volume" {
  description = "LAKEHOUSE_DATABRICKS_VOLUME; the wheel goes there."
  value       = module.catalog.volume
}

output "registry" {
  description = "Where the image is pushed to."
  value       = module.dagster.registry
}

output "dagster" {
  description = "The UI, from within the network."
  value       = module.dagster.address
}

output "workspace" {
  description = "The Databricks workspace."
  value       = module.workspace.workspace_url
}

output "workflows" {
  description = "AZURE_CLIENT_ID of a workflow, by the role that it has."
  value       = module.roles.workflows
}
