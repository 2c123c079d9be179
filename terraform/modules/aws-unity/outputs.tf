output "credential" {
  description = "The storage credential's name, once the role behind it is there."
  value       = databricks_storage_credential.lake.name
  depends_on  = [aws_iam_role_policy.unity]
}
