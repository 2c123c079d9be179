output "account_id" {
  description = "The storage account."
  value       = azurerm_storage_account.lake.id
}

output "account" {
  description = "Its name."
  value       = azurerm_storage_account.lake.name
}

output "container_ids" {
  description = "The container of each area, and of messages that could not be delivered."
  value       = { for area, container in azurerm_storage_container.area : area => container.id }
}

output "urls" {
  description = "The URL of each area."
  value       = { for area in local.containers : area => replace(local.url, "{layer}", area) }
}

output "root" {
  description = "What LAKEHOUSE_ROOT is: where what belongs to no layer lies."
  value       = replace(local.url, "{layer}", "ops")
}

output "layers" {
  description = "What LAKEHOUSE_LAYERS is: the container of a layer is called by it."
  value       = local.url
}

output "landing" {
  description = "What LAKEHOUSE_LANDING is."
  value       = replace(local.url, "{layer}", "landing")
}

output "forgets_after_days" {
  description = "After how many days what was deleted or overwritten is gone for good, in every container."
  value       = local.forgets_after_days
}
