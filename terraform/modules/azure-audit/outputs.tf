output "workspace_id" {
  description = "The workspace of logs."
  value       = azurerm_log_analytics_workspace.this.id
}

output "action_group_id" {
  description = "Whom alarms tell."
  value       = azurerm_monitor_action_group.told.id
}
