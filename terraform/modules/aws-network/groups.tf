# Databricks' clusters: all ports among themselves, and out by what the control plane and the stores need.

resource "aws_security_group" "clusters" {
  #checkov:skip=CKV2_AWS_5:Databricks attaches it to the clusters that it starts.
  name        = "${var.prefix}-clusters"
  description = "Databricks clusters among themselves and out"
  vpc_id      = aws_vpc.this.id
  tags        = merge(var.tags, { Name = "${var.prefix}-clusters" })
}

resource "aws_vpc_security_group_ingress_rule" "clusters" {
  #checkov:skip=CKV_AWS_24:Only from the group itself, as Databricks asks; tests/network.tftest.hcl asserts it.
  #checkov:skip=CKV_AWS_25:Only from the group itself, as Databricks asks; tests/network.tftest.hcl asserts it.
  #checkov:skip=CKV_AWS_260:Only from the group itself, as Databricks asks; tests/network.tftest.hcl asserts it.
  for_each = toset(["tcp", "udp"])

  security_group_id            = aws_security_group.clusters.id
  description                  = "among themselves, ${each.key}"
  referenced_security_group_id = aws_security_group.clusters.id
  ip_protocol                  = each.key
  from_port                    = 0
  to_port                      = 65535
}

resource "aws_vpc_security_group_egress_rule" "clusters" {
  for_each = toset(["tcp", "udp"])

  security_group_id            = aws_security_group.clusters.id
  description                  = "among themselves, ${each.key}"
  referenced_security_group_id = aws_security_group.clusters.id
  ip_protocol                  = each.key
  from_port                    = 0
  to_port                      = 65535
}

resource "aws_vpc_security_group_egress_rule" "clusters_out" {
  for_each = { "443" = 443, "3306" = 3306, "6666" = 6666, "8443" = 8451 }

  security_group_id = aws_security_group.clusters.id
  description       = "to the control plane and the stores, from port ${each.key}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = each.value
}
