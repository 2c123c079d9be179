output "catalog" {
  description = "What LAKEHOUSE_CATALOG is."
  value       = databricks_catalog.lake.name
}

output "volume" {
  description = "What LAKEHOUSE_DATABRICKS_VOLUME is."
  value       = "/Volumes/${var.catalog}/ops/lakehouse"
}
