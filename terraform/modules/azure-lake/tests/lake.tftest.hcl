mock_provider "azurerm" {
  mock_resource "azurerm_storage_account" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Storage/storageAccounts/acmeprodlake" }
  }
}

variables {
  prefix             = "acme-prod"
  resource_group     = "acme-prod"
  location           = "westeurope"
  account            = "acmeprodlake"
  areas              = jsondecode(file("../../declaration.json")).areas
  classes            = jsondecode(file("../../declaration.json")).classes
  identity_id        = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.ManagedIdentity/userAssignedIdentities/x"
  key_id             = "https://acmeprodkv.vault.azure.net/keys/lake"
  endpoint_subnet_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/virtualNetworks/x/subnets/x"
  zone_ids           = { blob = "/zones/blob", dfs = "/zones/dfs", queue = "/zones/queue" }
}

run "the_account_is_closed_and_encrypted_by_our_key" {
  assert {
    condition     = azurerm_storage_account.lake.min_tls_version == "TLS1_2" && azurerm_storage_account.lake.https_traffic_only_enabled
    error_message = "Plain HTTP or an old TLS is taken."
  }

  assert {
    condition     = !azurerm_storage_account.lake.allow_nested_items_to_be_public && alltrue([for container in azurerm_storage_container.area : container.container_access_type == "private"])
    error_message = "A blob can be made public."
  }

  assert {
    condition     = azurerm_storage_account.lake.network_rules[0].default_action == "Deny" && !azurerm_storage_account.lake.shared_access_key_enabled && !azurerm_storage_account.lake.local_user_enabled
    error_message = "The account is reached from anywhere, or by a key."
  }

  assert {
    condition     = azurerm_storage_account.lake.customer_managed_key[0].key_vault_key_id == var.key_id && azurerm_storage_account.lake.infrastructure_encryption_enabled
    error_message = "The account is not encrypted by our key."
  }

  assert {
    condition     = azurerm_storage_account.lake.is_hns_enabled
    error_message = "The account has no hierarchical namespace."
  }
}

run "tiers_are_those_declared_and_nothing_of_a_table_is_deleted_or_archived" {
  assert {
    condition = alltrue([
      for rule in azurerm_storage_management_policy.lake.rule :
      coalesce(rule.actions[0].base_blob[0].delete_after_days_since_modification_greater_than, 0) == 0
      && coalesce(rule.actions[0].base_blob[0].tier_to_archive_after_days_since_modification_greater_than, 0) == 0
      if rule.name != "what-runs-print"
    ])
    error_message = "Live files of a table would be deleted, or could not be read at once."
  }

  assert {
    condition = join(" ", sort([
      for rule in azurerm_storage_management_policy.lake.rule : "${rule.name}:${rule.actions[0].base_blob[0].tier_to_cool_after_days_since_modification_greater_than}" if rule.name != "what-runs-print"
    ])) == "tiers-bronze:90 tiers-landing:30 tiers-quarantine:90 tiers-silver:180"
    error_message = "The tiers are not those declared."
  }
}

run "without_tables_about_people_the_shortest_area_counts" {
  assert {
    condition     = output.forgets_after_days == 30
    error_message = "What was deleted is gone sooner or later than an area says."
  }
}

run "with_a_table_about_people_its_class_counts" {
  variables {
    tables = { "silver/households" = "personal" }
  }

  assert {
    condition     = azurerm_storage_account.lake.blob_properties[0].delete_retention_policy[0].days == 7
    error_message = "Deleted rows about people could be brought back longer than promised."
  }
}

run "urls_are_those_that_python_writes_below" {
  assert {
    condition     = output.root == "abfss://ops@acmeprodlake.dfs.core.windows.net" && output.layers == "abfss://{layer}@acmeprodlake.dfs.core.windows.net" && output.landing == "abfss://landing@acmeprodlake.dfs.core.windows.net"
    error_message = "Python would look elsewhere than Terraform makes it."
  }

  assert {
    condition     = toset(keys(output.urls)) == toset(["landing", "bronze", "silver", "gold", "quarantine", "ops"])
    error_message = "An area has no container."
  }
}

run "one_zone_is_refused" {
  command = plan

  variables {
    replication = "LRS"
  }

  expect_failures = [var.replication]
}

run "expiry_is_refused_where_tables_lie" {
  command = plan

  variables {
    areas = { gold = { superseded_days = 30, expire_after_days = 10, tables = true } }
  }

  expect_failures = [var.areas]
}
