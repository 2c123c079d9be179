mock_provider "azurerm" {
  mock_resource "azurerm_databricks_workspace" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Databricks/workspaces/x", workspace_id = "1234567890", managed_disk_identity = [{ principal_id = "00000000-0000-0000-0000-0000000000d1", tenant_id = "t", type = "SystemAssigned" }] }
  }
  mock_resource "azurerm_databricks_access_connector" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Databricks/accessConnectors/x" }
  }
}

mock_provider "databricks" {}

mock_provider "databricks" {
  alias = "account"
}

variables {
  prefix                = "acme-prod"
  resource_group        = "acme-prod"
  location              = "westeurope"
  key                   = { id = "https://acmeprodkv.vault.azure.net/keys/databricks/1", scope = "/vaults/acmeprodkv/keys/databricks" }
  network_id            = "/networks/x"
  group_association_ids = { cluster-hosts = "/associations/hosts", cluster-containers = "/associations/containers" }
  endpoint_subnet_id    = "/subnets/endpoints"
  zone_id               = "/zones/databricks"
  container_ids         = { landing = "/containers/landing", gold = "/containers/gold" }
  metastore_id          = "55555555-6666-7777-8888-999999999999"
}

run "the_workspace_is_reached_from_inside_alone" {
  assert {
    condition     = !azurerm_databricks_workspace.this.public_network_access_enabled && azurerm_databricks_workspace.this.custom_parameters[0].no_public_ip && azurerm_databricks_workspace.this.network_security_group_rules_required == "NoAzureDatabricksRules"
    error_message = "The workspace or its clusters have public addresses."
  }

  assert {
    condition     = toset([for endpoint in azurerm_private_endpoint.this : endpoint.private_service_connection[0].subresource_names[0]]) == toset(["databricks_ui_api", "browser_authentication"])
    error_message = "Nobody could reach it, or sign in."
  }
}

run "it_is_under_our_key" {
  assert {
    condition     = azurerm_databricks_workspace.this.managed_services_cmk_key_vault_key_id == var.key.id && azurerm_databricks_workspace.this.managed_disk_cmk_key_vault_key_id == var.key.id && azurerm_databricks_workspace.this.infrastructure_encryption_enabled
    error_message = "Notebooks, secrets or disks are not under our key."
  }

  assert {
    condition     = azurerm_role_assignment.disks.principal_id == "00000000-0000-0000-0000-0000000000d1" && azurerm_role_assignment.disks.scope == var.key.scope
    error_message = "No disk could be encrypted, and no cluster start."
  }
}

run "a_key_without_a_version_is_refused" {
  command = plan

  variables {
    key = { id = "https://acmeprodkv.vault.azure.net/keys/databricks", scope = "/vaults/acmeprodkv/keys/databricks" }
  }

  expect_failures = [var.key]
}

run "unity_catalog_reads_deliveries_and_changes_none" {
  assert {
    condition     = azurerm_role_assignment.unity["landing"].role_definition_name == "Storage Blob Data Reader" && azurerm_role_assignment.unity["gold"].role_definition_name == "Storage Blob Data Contributor"
    error_message = "Unity Catalog could change deliveries, or not write gold."
  }

  assert {
    condition     = databricks_storage_credential.lake.isolation_mode == "ISOLATION_MODE_ISOLATED" && length(databricks_storage_credential.lake.azure_service_principal) == 0
    error_message = "Every workspace may use the credential, or it is a secret."
  }
}
