# What computes and what schedules: Databricks with its catalog and bounds, and Dagster.

module "workspace" {
  source = "../../modules/azure-databricks"

  providers = {
    azurerm            = azurerm
    databricks         = databricks
    databricks.account = databricks.account
  }

  prefix                = local.prefix
  resource_group        = azurerm_resource_group.this.name
  location              = var.location
  key                   = module.vault.databricks_key
  network_id            = module.network.id
  group_association_ids = module.network.group_association_ids
  endpoint_subnet_id    = module.network.subnet_ids["endpoints"]
  zone_id               = module.network.zone_ids["databricks"]
  container_ids         = { for area, id in module.lake.container_ids : area => id if area != "undelivered" }
  metastore_id          = var.metastore_id
  tags                  = local.tags
}

module "catalog" {
  source = "../../modules/databricks-catalog"

  prefix     = local.prefix
  catalog    = replace(local.prefix, "-", "_")
  credential = module.workspace.credential
  urls       = module.lake.urls
  access     = local.declared.access
  groups     = var.groups
  tags       = local.tags
}

module "compute" {
  source = "../../modules/databricks-compute"

  providers = {
    databricks         = databricks
    databricks.account = databricks.account
  }

  prefix         = local.prefix
  cloud          = "azure"
  job            = local.declared.job
  sizes          = local.declared.platform
  warehouse      = local.declared.warehouse
  node_types     = local.node_types
  spark_versions = [local.declared.job.spark_version]
  run_as         = var.run_as
  volume         = module.catalog.volume
  wheel          = "lakehouse_assets-${var.code_version}-py3-none-any.whl"
  environment    = merge(local.code, var.job_environment)
  groups         = var.groups
  told_by_mail   = var.told_by_mail
  tags           = local.tags
}

module "dagster" {
  source = "../../modules/azure-dagster"

  prefix                   = local.prefix
  short                    = local.short
  resource_group           = azurerm_resource_group.this.name
  location                 = var.location
  network_id               = module.network.id
  subnet_ids               = module.network.subnet_ids
  zone_ids                 = module.network.zone_ids
  log_workspace_id         = module.audit.workspace_id
  vault_id                 = module.vault.id
  key_ids                  = module.vault.key_ids
  identity_ids             = module.vault.identity_ids
  account                  = module.lake.account
  identity                 = merge(var.identity, { tenant_id = var.tenant_id })
  image_tag                = var.code_version
  sizes                    = local.declared.platform
  records_password         = var.records_password
  records_password_version = var.records_password_version
  secrets                  = var.secrets
  secret_resource_ids      = var.secret_resource_ids
  tags                     = local.tags

  writer = {
    id           = azurerm_user_assigned_identity.writer.id
    client_id    = azurerm_user_assigned_identity.writer.client_id
    principal_id = azurerm_user_assigned_identity.writer.principal_id
  }

  environment = merge(local.code, {
    LAKEHOUSE_ENGINE                 = var.engine
    LAKEHOUSE_QUEUE                  = module.arrivals.queue_url
    LAKEHOUSE_DATABRICKS_VOLUME      = module.catalog.volume
    LAKEHOUSE_DATABRICKS_POLICY_ID   = module.compute.jobs_policy_id
    LAKEHOUSE_DATABRICKS_NODE_TYPE   = local.node_types[0]
    LAKEHOUSE_DATABRICKS_ENVIRONMENT = jsonencode(var.job_environment)
    DATABRICKS_HOST                  = module.workspace.workspace_url
  })
}
