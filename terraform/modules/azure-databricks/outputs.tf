output "id" {
  description = "The workspace as a resource of Azure."
  value       = azurerm_databricks_workspace.this.id
}

output "workspace_url" {
  description = "Its address, once it has its metastore."
  value       = "https://${azurerm_databricks_workspace.this.workspace_url}"
  depends_on  = [databricks_metastore_assignment.this]
}

output "credential" {
  description = "The storage credential's name."
  value       = databricks_storage_credential.lake.name
}

output "connector_principal_id" {
  description = "Unity Catalog's identity."
  value       = azurerm_databricks_access_connector.this.identity[0].principal_id
}
