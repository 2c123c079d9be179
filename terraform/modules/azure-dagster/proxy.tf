# The way in: TLS, then Entra, then the UI. App Service asks for the identity before a request reaches Dagster.

resource "azurerm_service_plan" "this" {
  name                   = "${var.prefix}-dagster"
  resource_group_name    = var.resource_group
  location               = var.location
  os_type                = "Linux"
  sku_name               = "P0v3"
  worker_count           = 2
  zone_balancing_enabled = true
  tags                   = var.tags
}

resource "azurerm_linux_web_app" "webserver" {
  #checkov:skip=CKV_AZURE_17:People sign in by Entra; a client's certificate beside it would lock out their browsers.
  #checkov:skip=CKV_AZURE_88:The UI keeps nothing: records lie in Postgres, what runs print in the lake's account.
  name                                           = "${var.prefix}-dagster"
  resource_group_name                            = var.resource_group
  location                                       = var.location
  service_plan_id                                = azurerm_service_plan.this.id
  https_only                                     = true
  public_network_access_enabled                  = false
  virtual_network_subnet_id                      = var.subnet_ids["web"]
  vnet_image_pull_enabled                        = true
  ftp_publish_basic_authentication_enabled       = false
  webdeploy_publish_basic_authentication_enabled = false
  key_vault_reference_identity_id                = var.writer.id
  tags                                           = merge(var.tags, { lakehouse_task = "webserver" })

  identity {
    type         = "UserAssigned"
    identity_ids = [var.writer.id]
  }

  site_config {
    always_on                                     = true
    minimum_tls_version                           = "1.3"
    scm_minimum_tls_version                       = "1.3"
    ftps_state                                    = "Disabled"
    http2_enabled                                 = true
    websockets_enabled                            = true
    vnet_route_all_enabled                        = true
    remote_debugging_enabled                      = false
    health_check_path                             = "/server_info"
    health_check_eviction_time_in_min             = 5
    app_command_line                              = "dagster-webserver --host 0.0.0.0 --port 3000 --workspace /app/deploy/workspace.yaml"
    container_registry_use_managed_identity       = true
    container_registry_managed_identity_client_id = var.writer.client_id

    application_stack {
      docker_image_name   = "lakehouse:${var.image_tag}"
      docker_registry_url = "https://${azurerm_container_registry.this.login_server}"
    }
  }

  auth_settings_v2 {
    auth_enabled           = true
    require_authentication = true
    require_https          = true
    unauthenticated_action = "RedirectToLoginPage"
    default_provider       = "azureactivedirectory"
    excluded_paths         = ["/server_info"]

    active_directory_v2 {
      client_id                  = var.identity.client_id
      tenant_auth_endpoint       = "https://login.microsoftonline.com/${var.identity.tenant_id}/v2.0"
      client_secret_setting_name = "MICROSOFT_PROVIDER_AUTHENTICATION_SECRET"
      allowed_groups             = var.identity.allowed_groups
    }

    login {
      token_store_enabled = false
    }
  }

  app_settings = merge(local.environment, {
    WEBSITES_PORT                            = "3000"
    WEBSITES_ENABLE_APP_SERVICE_STORAGE      = "false"
    PGPASSWORD                               = "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault_secret.records.versionless_id})"
    MICROSOFT_PROVIDER_AUTHENTICATION_SECRET = "@Microsoft.KeyVault(SecretUri=${var.identity.secret_id})"
  })

  logs {
    detailed_error_messages = true
    failed_request_tracing  = true

    http_logs {
      file_system {
        retention_in_days = 7
        retention_in_mb   = 35
      }
    }
  }

  depends_on = [azurerm_role_assignment.pulls, azurerm_role_assignment.reads]
}

resource "azurerm_private_endpoint" "this" {
  for_each = {
    web      = { id = azurerm_linux_web_app.webserver.id, part = "sites" }
    registry = { id = azurerm_container_registry.this.id, part = "registry" }
  }

  name                = "${var.prefix}-${each.key}"
  resource_group_name = var.resource_group
  location            = var.location
  subnet_id           = var.subnet_ids["endpoints"]
  tags                = var.tags

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value.id
    subresource_names              = [each.value.part]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = each.key
    private_dns_zone_ids = [var.zone_ids[each.key]]
  }
}
