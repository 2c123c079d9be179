output "address" {
  description = "The UI, from within the network."
  value       = "https://${azurerm_linux_web_app.webserver.default_hostname}"
}

output "registry" {
  description = "Where the image is pushed to."
  value       = azurerm_container_registry.this.login_server
}

output "environment" {
  description = "What the code is started with, secrets apart."
  value       = local.environment
}

output "web_id" {
  description = "The UI as a resource, to be watched."
  value       = azurerm_linux_web_app.webserver.id
}
