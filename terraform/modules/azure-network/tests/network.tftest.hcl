mock_provider "azurerm" {
  mock_resource "azurerm_subnet" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/virtualNetworks/x/subnets/x" }
  }
  mock_resource "azurerm_private_dns_zone" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/privateDnsZones/x" }
  }
}

variables {
  prefix         = "acme-prod"
  resource_group = "acme-prod"
  location       = "westeurope"
}

run "nothing_comes_in_from_the_internet" {
  assert {
    condition = alltrue([
      for name in keys(azurerm_subnet.this) :
      azurerm_network_security_rule.closed[name].access == "Deny" && azurerm_network_security_rule.closed[name].source_address_prefix == "Internet" && azurerm_network_security_rule.closed[name].direction == "Inbound"
    ])
    error_message = "A subnet is reached from the internet."
  }

  assert {
    condition     = keys(azurerm_subnet_network_security_group_association.this) == keys(azurerm_subnet.this)
    error_message = "A subnet has no security group."
  }

  assert {
    condition     = alltrue([for subnet in azurerm_subnet.this : !subnet.default_outbound_access_enabled])
    error_message = "A subnet goes out by an address that nobody chose."
  }
}

run "subnets_do_not_overlap" {
  assert {
    condition     = join(" ", [for name in ["cluster-hosts", "cluster-containers", "code", "web", "records", "endpoints"] : azurerm_subnet.this[name].address_prefixes[0]]) == "10.41.0.0/20 10.41.16.0/20 10.41.32.0/23 10.41.36.0/26 10.41.36.64/26 10.41.40.0/24"
    error_message = "Subnets are not cut as said."
  }
}
