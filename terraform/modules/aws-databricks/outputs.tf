output "workspace_url" {
  description = "The workspace's address, once it has its metastore."
  value       = databricks_mws_workspaces.this.workspace_url
  depends_on  = [databricks_metastore_assignment.this]
}

output "workspace_id" {
  description = "Its number."
  value       = databricks_mws_workspaces.this.workspace_id
}

output "instance_profile_arn" {
  description = "What job clusters reach the lake by: LAKEHOUSE_DATABRICKS_INSTANCE_PROFILE."
  value       = aws_iam_instance_profile.jobs.arn
}
