# Dagster as one image in three places: the UI behind Entra in App Service, the daemon and the code as container apps.

locals {
  image = "${azurerm_container_registry.this.login_server}/lakehouse:${var.image_tag}"

  environment = merge(var.environment, {
    AZURE_CLIENT_ID         = var.writer.client_id
    DAGSTER_HOME            = "/app/deploy"
    DAGSTER_AZURE_ACCOUNT   = var.account
    DAGSTER_AZURE_CONTAINER = "ops"
    DAGSTER_POSTGRES_URL    = "postgresql+psycopg2://dagster@${azurerm_postgresql_flexible_server.records.fqdn}:5432/dagster?sslmode=require"
    LAKEHOUSE_CODE_HOST     = "code.${azurerm_container_app_environment.this.default_domain}"
  })

  apps = {
    daemon = {
      command = ["dagster-daemon", "run", "--workspace", "/app/deploy/workspace.yaml"]
      cpu     = var.sizes.daemon_cpu_milli / 1000
      memory  = "${var.sizes.daemon_memory_mib / 1024}Gi"
      port    = null
    }
    code = {
      command = ["dagster", "code-server", "start", "--host", "0.0.0.0", "--port", "4000", "--module-name", "lakehouse_assets.definitions"]
      cpu     = var.sizes.code_cpu_milli / 1000
      memory  = "${var.sizes.code_memory_mib / 1024}Gi"
      port    = 4000
    }
  }
}

resource "azurerm_container_app_environment" "this" {
  name                           = "${var.prefix}-dagster"
  resource_group_name            = var.resource_group
  location                       = var.location
  infrastructure_subnet_id       = var.subnet_ids["code"]
  internal_load_balancer_enabled = true
  zone_redundancy_enabled        = true
  mutual_tls_enabled             = true
  logs_destination               = "azure-monitor"
  tags                           = var.tags

  workload_profile {
    name                  = "code"
    workload_profile_type = "D4"
    minimum_count         = 1
    maximum_count         = 2
  }
}

# What apps print goes by Azure's own way: sent straight to the workspace it would need a key, of which that takes none.
resource "azurerm_monitor_diagnostic_setting" "printed" {
  name                       = "lakehouse"
  target_resource_id         = azurerm_container_app_environment.this.id
  log_analytics_workspace_id = var.log_workspace_id

  dynamic "enabled_log" {
    for_each = ["ContainerAppConsoleLogs", "ContainerAppSystemLogs"]

    content {
      category = enabled_log.value
    }
  }
}

# There is one of each and never two: a second daemon would start every run twice.
resource "azurerm_container_app" "this" {
  for_each = local.apps

  name                         = each.key
  resource_group_name          = var.resource_group
  container_app_environment_id = azurerm_container_app_environment.this.id
  revision_mode                = "Single"
  workload_profile_name        = "code"
  tags                         = merge(var.tags, { lakehouse_task = each.key })

  identity {
    type         = "UserAssigned"
    identity_ids = [var.writer.id]
  }

  registry {
    server   = azurerm_container_registry.this.login_server
    identity = var.writer.id
  }

  secret {
    name                = "pgpassword"
    identity            = var.writer.id
    key_vault_secret_id = azurerm_key_vault_secret.records.versionless_id
  }

  dynamic "secret" {
    for_each = var.secrets

    content {
      name                = replace(lower(secret.key), "_", "-")
      identity            = var.writer.id
      key_vault_secret_id = secret.value
    }
  }

  dynamic "ingress" {
    for_each = each.value.port == null ? [] : [each.value.port]

    content {
      target_port      = ingress.value
      exposed_port     = ingress.value
      transport        = "tcp"
      external_enabled = true # out of the environment, within the network: its balancer has no public address

      traffic_weight {
        latest_revision = true
        percentage      = 100
      }
    }
  }

  template {
    min_replicas                     = 1
    max_replicas                     = 1
    termination_grace_period_seconds = 600

    container {
      name    = each.key
      image   = local.image
      command = each.value.command
      cpu     = each.value.cpu
      memory  = each.value.memory

      env {
        name        = "PGPASSWORD"
        secret_name = "pgpassword"
      }

      dynamic "env" {
        for_each = var.secrets

        content {
          name        = env.key
          secret_name = replace(lower(env.key), "_", "-")
        }
      }

      dynamic "env" {
        for_each = local.environment

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "liveness_probe" {
        for_each = each.value.port == null ? [] : [each.value.port]

        content {
          port      = liveness_probe.value
          transport = "TCP"
        }
      }
    }
  }

  depends_on = [azurerm_role_assignment.pulls, azurerm_role_assignment.reads]
}

# By this name the UI and the daemon find the code.
resource "azurerm_private_dns_zone" "code" {
  name                = azurerm_container_app_environment.this.default_domain
  resource_group_name = var.resource_group
  tags                = var.tags
}

resource "azurerm_private_dns_a_record" "code" {
  name                = "*"
  private_dns_zone_id = azurerm_private_dns_zone.code.id
  ttl                 = 60
  records             = [azurerm_container_app_environment.this.static_ip_address]
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "code" {
  name                = "${var.prefix}-code"
  private_dns_zone_id = azurerm_private_dns_zone.code.id
  virtual_network_id  = var.network_id
  tags                = var.tags
}
