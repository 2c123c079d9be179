output "id" {
  description = "The network."
  value       = azurerm_virtual_network.this.id
}

output "subnet_ids" {
  description = "Each subnet by purpose: cluster-hosts, cluster-containers, code, web, records, endpoints."
  value       = { for name, subnet in azurerm_subnet.this : name => subnet.id }
}

output "group_association_ids" {
  description = "That each subnet has its security group, which Databricks asks to see."
  value       = { for name, one in azurerm_subnet_network_security_group_association.this : name => one.id }
}

output "zone_ids" {
  description = "Private DNS zones by service, once the network knows them."
  value       = { for name, zone in azurerm_private_dns_zone.this : name => zone.id }
  depends_on  = [azurerm_private_dns_zone_virtual_network_link.this]
}
