# The whole platform on Azure. What is read from the declaration is what Python says; what is asked is in variables.tf.

locals {
  declared = jsondecode(file("${path.module}/../../declaration.json"))
  prefix   = "${var.name}-${var.environment}"
  short    = substr(replace(local.prefix, "-", ""), 0, 18)
  tags     = merge({ cost_center = var.cost_center, lakehouse = local.prefix, lakehouse_environment = var.environment }, var.tags)

  node_types = coalesce(var.node_types, [local.declared.job.nodes.azure])

  # A lake of staging or production is written by processes that say so. A branch's stack has a lake of its own, at its
  # root, where the days of the retention are: its processes say nothing, and nobody claims it.
  code = merge(var.environment == "branch" ? {} : { LAKEHOUSE_ENVIRONMENT = var.environment }, {
    LAKEHOUSE_ROOT    = module.lake.root
    LAKEHOUSE_LAYERS  = module.lake.layers
    LAKEHOUSE_LANDING = module.lake.landing
    LAKEHOUSE_CATALOG = module.catalog.catalog
  })

  # Dagster's runs are writers, and so is whatever its jobs run as.
  principals = merge(var.principals, {
    writer = merge({ dagster = azurerm_user_assigned_identity.writer.principal_id }, lookup(var.principals, "writer", {}))
  })
}

resource "azurerm_resource_group" "this" {
  name     = local.prefix
  location = var.location
  tags     = local.tags
}

resource "azurerm_user_assigned_identity" "writer" {
  name                = "${local.prefix}-writer"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  tags                = local.tags
}

module "network" {
  source = "../../modules/azure-network"

  prefix         = local.prefix
  resource_group = azurerm_resource_group.this.name
  location       = var.location
  cidr           = var.cidr
  tags           = local.tags
}

module "vault" {
  source = "../../modules/azure-vault"

  prefix                           = local.prefix
  short                            = local.short
  resource_group                   = azurerm_resource_group.this.name
  location                         = var.location
  tenant_id                        = var.tenant_id
  databricks_application_object_id = var.databricks_application_object_id
  administered_from                = var.administered_from
  endpoint_subnet_id               = module.network.subnet_ids["endpoints"]
  zone_id                          = module.network.zone_ids["vault"]
  tags                             = local.tags
}

module "lake" {
  source = "../../modules/azure-lake"

  prefix             = local.prefix
  resource_group     = azurerm_resource_group.this.name
  location           = var.location
  account            = "${local.short}lake"
  replication        = var.replication
  areas              = local.declared.areas
  classes            = local.declared.classes
  tables             = local.declared.tables
  compute_log_days   = local.declared.platform.compute_log_days
  identity_id        = module.vault.identity_ids["lake"]
  key_id             = module.vault.key_ids["lake"]
  endpoint_subnet_id = module.network.subnet_ids["endpoints"]
  zone_ids           = module.network.zone_ids
  tags               = local.tags
}

module "arrivals" {
  source = "../../modules/azure-arrivals"

  prefix                   = local.prefix
  resource_group           = azurerm_resource_group.this.name
  location                 = var.location
  account_id               = module.lake.account_id
  account                  = module.lake.account
  undelivered_container_id = module.lake.container_ids["undelivered"]
  tags                     = local.tags
}

module "roles" {
  source = "../../modules/azure-roles"

  prefix            = local.prefix
  subscription_id   = "/subscriptions/${var.subscription_id}"
  resource_group_id = azurerm_resource_group.this.id
  resource_group    = azurerm_resource_group.this.name
  location          = var.location
  access            = local.declared.access
  principals        = local.principals
  workflows         = var.workflows
  tags              = local.tags
  container_ids     = module.lake.container_ids
  queue_id          = module.arrivals.queue_id
  log_workspace_id  = module.audit.workspace_id
}

module "audit" {
  source = "../../modules/azure-audit"

  prefix              = local.prefix
  resource_group      = azurerm_resource_group.this.name
  resource_group_id   = azurerm_resource_group.this.id
  location            = var.location
  platform_object_ids = [azurerm_user_assigned_identity.writer.principal_id, module.workspace.connector_principal_id]
  told_by_mail        = var.told_by_mail
  tags                = local.tags

  watched = {
    blobs     = { id = "${module.lake.account_id}/blobServices/default", categories = ["StorageRead", "StorageWrite", "StorageDelete"] }
    queues    = { id = "${module.lake.account_id}/queueServices/default", categories = ["StorageRead", "StorageWrite", "StorageDelete"] }
    vault     = { id = module.vault.id, categories = ["AuditEvent", "AzurePolicyEvaluationDetails"] }
    workspace = { id = module.workspace.id, categories = ["accounts", "clusters", "jobs", "secrets", "unityCatalog", "workspace"] }
  }
}
