output "queue_url" {
  description = "What LAKEHOUSE_QUEUE is."
  value       = "https://${var.account}.queue.core.windows.net/${azurerm_storage_queue.arrivals.name}"
}

output "queue_id" {
  description = "The queue, to be granted on."
  value       = azurerm_storage_queue.arrivals.id
}
