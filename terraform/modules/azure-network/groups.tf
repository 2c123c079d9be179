# From the internet nothing comes in, in any subnet. Databricks adds what its clusters need among themselves.

resource "azurerm_network_security_group" "this" {
  for_each = local.subnets

  name                = "${var.prefix}-${each.key}"
  resource_group_name = var.resource_group
  location            = var.location
  tags                = var.tags
}

resource "azurerm_network_security_rule" "closed" {
  for_each = local.subnets

  name                        = "nothing-from-the-internet"
  resource_group_name         = var.resource_group
  network_security_group_name = azurerm_network_security_group.this[each.key].name
  priority                    = 4000
  direction                   = "Inbound"
  access                      = "Deny"
  protocol                    = "*"
  source_address_prefix       = "Internet"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "*"
}

resource "azurerm_subnet_network_security_group_association" "this" {
  for_each = local.subnets

  subnet_id                 = azurerm_subnet.this[each.key].id
  network_security_group_id = azurerm_network_security_group.this[each.key].id
}
