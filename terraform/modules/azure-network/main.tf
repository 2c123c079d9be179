# A network with a subnet for each purpose. Nothing in it has a public address but the way out.

locals {
  # What a subnet is handed over to, and which part of the network it has.
  subnets = {
    cluster-hosts      = { part = cidrsubnet(var.cidr, 4, 0), to = "Microsoft.Databricks/workspaces" }
    cluster-containers = { part = cidrsubnet(var.cidr, 4, 1), to = "Microsoft.Databricks/workspaces" }
    code               = { part = cidrsubnet(var.cidr, 7, 16), to = "Microsoft.App/environments" }
    web                = { part = cidrsubnet(var.cidr, 10, 144), to = "Microsoft.Web/serverFarms" }
    records            = { part = cidrsubnet(var.cidr, 10, 145), to = "Microsoft.DBforPostgreSQL/flexibleServers" }
    endpoints          = { part = cidrsubnet(var.cidr, 8, 40), to = null }
  }
  out = ["cluster-hosts", "cluster-containers", "code", "web"]

  zones = {
    blob       = "privatelink.blob.core.windows.net"
    dfs        = "privatelink.dfs.core.windows.net"
    queue      = "privatelink.queue.core.windows.net"
    vault      = "privatelink.vaultcore.azure.net"
    databricks = "privatelink.azuredatabricks.net"
    web        = "privatelink.azurewebsites.net"
    registry   = "privatelink.azurecr.io"
    records    = "${var.prefix}.private.postgres.database.azure.com"
  }
}

resource "azurerm_virtual_network" "this" {
  name                = var.prefix
  resource_group_name = var.resource_group
  location            = var.location
  address_space       = [var.cidr]
  tags                = var.tags
}

resource "azurerm_subnet" "this" {
  for_each = local.subnets

  name                              = each.key
  resource_group_name               = var.resource_group
  virtual_network_name              = azurerm_virtual_network.this.name
  address_prefixes                  = [each.value.part]
  default_outbound_access_enabled   = false
  private_endpoint_network_policies = "Enabled"

  dynamic "delegation" {
    for_each = each.value.to == null ? [] : [each.value.to]

    content {
      name = "to"

      service_delegation {
        name = delegation.value
      }
    }
  }
}

resource "azurerm_public_ip" "out" {
  name                = "${var.prefix}-out"
  resource_group_name = var.resource_group
  location            = var.location
  allocation_method   = "Static"
  sku                 = "Standard"
  tags                = var.tags
}

resource "azurerm_nat_gateway" "out" {
  name                = "${var.prefix}-out"
  resource_group_name = var.resource_group
  location            = var.location
  sku_name            = "Standard"
  tags                = var.tags
}

resource "azurerm_nat_gateway_public_ip_association" "out" {
  nat_gateway_id       = azurerm_nat_gateway.out.id
  public_ip_address_id = azurerm_public_ip.out.id
}

resource "azurerm_subnet_nat_gateway_association" "out" {
  for_each = toset(local.out)

  subnet_id      = azurerm_subnet.this[each.key].id
  nat_gateway_id = azurerm_nat_gateway.out.id
}

resource "azurerm_private_dns_zone" "this" {
  for_each = local.zones

  name                = each.value
  resource_group_name = var.resource_group
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each = local.zones

  name                = "${var.prefix}-${each.key}"
  private_dns_zone_id = azurerm_private_dns_zone.this[each.key].id
  virtual_network_id  = azurerm_virtual_network.this.id
  tags                = var.tags
}
