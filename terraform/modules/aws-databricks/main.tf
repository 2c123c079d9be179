# A Databricks workspace in this account's own network, its root storage and what it keeps under this account's key.

resource "databricks_mws_credentials" "this" {
  credentials_name = var.prefix
  role_arn         = aws_iam_role.cross_account.arn

  depends_on = [aws_iam_role_policy.cross_account]
}

resource "databricks_mws_storage_configurations" "this" {
  account_id                 = var.databricks_account_id
  storage_configuration_name = var.prefix
  bucket_name                = module.root.name
}

resource "databricks_mws_networks" "this" {
  account_id         = var.databricks_account_id
  network_name       = var.prefix
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  security_group_ids = [var.clusters_group_id]
}

resource "databricks_mws_customer_managed_keys" "this" {
  account_id = var.databricks_account_id
  use_cases  = ["MANAGED_SERVICES", "STORAGE"]

  aws_key_info {
    key_arn   = aws_kms_key.workspace.arn
    key_alias = aws_kms_alias.workspace.name
  }
}

resource "databricks_mws_workspaces" "this" {
  account_id                               = var.databricks_account_id
  workspace_name                           = var.prefix
  aws_region                               = var.region
  pricing_tier                             = "ENTERPRISE"
  credentials_id                           = databricks_mws_credentials.this.credentials_id
  storage_configuration_id                 = databricks_mws_storage_configurations.this.storage_configuration_id
  network_id                               = databricks_mws_networks.this.network_id
  managed_services_customer_managed_key_id = databricks_mws_customer_managed_keys.this.customer_managed_key_id
  storage_customer_managed_key_id          = databricks_mws_customer_managed_keys.this.customer_managed_key_id
  custom_tags                              = var.tags
}

resource "databricks_metastore_assignment" "this" {
  workspace_id = databricks_mws_workspaces.this.workspace_id
  metastore_id = var.metastore_id
}

# Of the lake's roles only the writer's is lent to clusters: it is what job clusters reach the lake by.
resource "aws_iam_instance_profile" "jobs" {
  name = "${var.prefix}-jobs"
  role = var.writer_role_name
  tags = var.tags
}
