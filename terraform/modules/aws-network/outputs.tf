output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "A private subnet for each zone."
  value       = [for zone in var.zones : aws_subnet.private[zone].id]
}

output "clusters_group_id" {
  description = "The security group of Databricks' clusters."
  value       = aws_security_group.clusters.id
}

output "cidr" {
  description = "The network's addresses."
  value       = var.cidr
}
