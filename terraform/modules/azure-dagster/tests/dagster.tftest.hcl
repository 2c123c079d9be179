mock_provider "azurerm" {
  mock_resource "azurerm_container_registry" {
    defaults = { id = "/registries/x", login_server = "acmeprodcr.azurecr.io" }
  }
  mock_resource "azurerm_container_app_environment" {
    defaults = { id = "/environments/x", default_domain = "x.westeurope.azurecontainerapps.io", static_ip_address = "10.41.32.10" }
  }
  mock_resource "azurerm_postgresql_flexible_server" {
    defaults = { id = "/servers/x", fqdn = "acme-prod-records.postgres.database.azure.com" }
  }
  mock_resource "azurerm_key_vault_secret" {
    defaults = { versionless_id = "https://acmeprodkv.vault.azure.net/secrets/records" }
  }
}

variables {
  prefix           = "acme-prod"
  short            = "acmeprod"
  resource_group   = "acme-prod"
  location         = "westeurope"
  network_id       = "/networks/x"
  subnet_ids       = { code = "/subnets/code", web = "/subnets/web", records = "/subnets/records", endpoints = "/subnets/endpoints" }
  zone_ids         = { web = "/zones/web", registry = "/zones/registry", records = "/zones/records" }
  log_workspace_id = "/workspaces/logs"
  vault_id         = "/vaults/x"
  key_ids          = { records = "https://acmeprodkv.vault.azure.net/keys/records" }
  identity_ids     = { records = "/identities/records" }
  writer           = { id = "/identities/writer", client_id = "00000000-0000-0000-0000-000000000001", principal_id = "00000000-0000-0000-0000-000000000002" }
  account          = "acmeprodlake"
  identity = {
    tenant_id      = "00000000-0000-0000-0000-00000000000a"
    client_id      = "00000000-0000-0000-0000-00000000000b"
    secret_id      = "https://acmeprodkv.vault.azure.net/secrets/sign-in"
    allowed_groups = ["00000000-0000-0000-0000-00000000000c"]
  }
  secret_resource_ids = { sign-in = "/vaults/acmeprodkv/secrets/sign-in" }
  image_tag           = "0.1.0"
  sizes               = jsondecode(file("../../declaration.json")).platform
  records_password    = "of-a-test"
  environment         = { LAKEHOUSE_LAYERS = "abfss://{layer}@acmeprodlake.dfs.core.windows.net" }
}

run "people_come_in_by_tls_and_entra_alone" {
  assert {
    condition     = azurerm_linux_web_app.webserver.https_only && !azurerm_linux_web_app.webserver.public_network_access_enabled && azurerm_linux_web_app.webserver.site_config[0].minimum_tls_version == "1.3"
    error_message = "The UI is reached from outside, or without TLS."
  }

  assert {
    condition = (
      azurerm_linux_web_app.webserver.auth_settings_v2[0].auth_enabled
      && azurerm_linux_web_app.webserver.auth_settings_v2[0].require_authentication
      && azurerm_linux_web_app.webserver.auth_settings_v2[0].unauthenticated_action == "RedirectToLoginPage"
      && join(" ", azurerm_linux_web_app.webserver.auth_settings_v2[0].active_directory_v2[0].allowed_groups) == "00000000-0000-0000-0000-00000000000c"
    )
    error_message = "The UI is reached before Entra was asked, or by the whole tenant."
  }
}

run "apps_are_inside_single_and_hold_no_secret" {
  assert {
    condition     = azurerm_container_app_environment.this.internal_load_balancer_enabled && azurerm_container_app_environment.this.mutual_tls_enabled
    error_message = "Apps have a public address, or speak in the clear."
  }

  assert {
    condition     = azurerm_container_app_environment.this.logs_destination == "azure-monitor" && toset([for log in azurerm_monitor_diagnostic_setting.printed.enabled_log : log.category]) == toset(["ContainerAppConsoleLogs", "ContainerAppSystemLogs"])
    error_message = "What apps print would be sent by a key to a workspace that takes none, and be lost."
  }

  assert {
    condition     = alltrue([for app in azurerm_container_app.this : app.template[0].min_replicas == 1 && app.template[0].max_replicas == 1])
    error_message = "There could be two daemons, or none."
  }

  assert {
    condition = alltrue([
      for app in azurerm_container_app.this : alltrue([for variable in app.template[0].container[0].env : variable.name != "PGPASSWORD" || variable.secret_name == "pgpassword"])
    ])
    error_message = "The password lies in plain sight."
  }

  assert {
    condition     = startswith(azurerm_linux_web_app.webserver.app_settings["PGPASSWORD"], "@Microsoft.KeyVault(") && startswith(azurerm_linux_web_app.webserver.app_settings["MICROSOFT_PROVIDER_AUTHENTICATION_SECRET"], "@Microsoft.KeyVault(")
    error_message = "A secret lies in the UI's settings."
  }

  assert {
    condition     = azurerm_container_app.this["code"].template[0].container[0].cpu == 2 && azurerm_container_app.this["code"].template[0].container[0].memory == "8Gi"
    error_message = "The code's app is not as large as declared."
  }
}

run "records_are_inside_encrypted_by_our_key_and_reached_by_tls" {
  assert {
    condition     = !azurerm_postgresql_flexible_server.records.public_network_access_enabled && azurerm_postgresql_flexible_server.records.customer_managed_key[0].key_vault_key_id == var.key_ids["records"]
    error_message = "Postgres is reached from outside, or not under our key."
  }

  assert {
    condition     = azurerm_postgresql_flexible_server_configuration.records["require_secure_transport"].value == "on" && azurerm_postgresql_flexible_server_configuration.records["ssl_min_protocol_version"].value == "TLSv1.2" && strcontains(output.environment["DAGSTER_POSTGRES_URL"], "sslmode=require")
    error_message = "Postgres takes calls without TLS."
  }
}

run "images_are_pulled_by_identity" {
  assert {
    condition     = !azurerm_container_registry.this.admin_enabled && !azurerm_container_registry.this.anonymous_pull_enabled && !azurerm_container_registry.this.public_network_access_enabled && azurerm_role_assignment.pulls.role_definition_name == "AcrPull"
    error_message = "Images are pulled by a password, or by anybody."
  }
}

run "a_secret_that_dagster_may_not_read_is_refused" {
  command = plan

  variables {
    secrets = { DATABRICKS_CLIENT_SECRET = "https://acmeprodkv.vault.azure.net/secrets/databricks" }
  }

  expect_failures = [var.secret_resource_ids]
}

run "latest_is_refused" {
  command = plan

  variables {
    image_tag = "latest"
  }

  expect_failures = [var.image_tag]
}

run "the_whole_tenant_is_refused" {
  command = plan

  variables {
    identity = {
      tenant_id      = "00000000-0000-0000-0000-00000000000a"
      client_id      = "00000000-0000-0000-0000-00000000000b"
      secret_id      = "https://acmeprodkv.vault.azure.net/secrets/sign-in"
      allowed_groups = []
    }
  }

  expect_failures = [var.identity]
}

run "a_secret_in_plain_sight_is_refused" {
  command = plan

  variables {
    environment = { AZURE_CLIENT_SECRET = "x" }
  }

  expect_failures = [var.environment]
}
