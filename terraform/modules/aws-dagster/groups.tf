# Who may speak to whom: people to the proxy, the proxy to the UI, the UI and the daemon to the code, all to Postgres.

locals {
  spoken = {
    "proxy to webserver"  = { from = aws_security_group.proxy.id, to = aws_security_group.task["webserver"].id, port = 3000 }
    "webserver to code"   = { from = aws_security_group.task["webserver"].id, to = aws_security_group.task["code"].id, port = 4000 }
    "daemon to code"      = { from = aws_security_group.task["daemon"].id, to = aws_security_group.task["code"].id, port = 4000 }
    "webserver to record" = { from = aws_security_group.task["webserver"].id, to = aws_security_group.records.id, port = 5432 }
    "daemon to record"    = { from = aws_security_group.task["daemon"].id, to = aws_security_group.records.id, port = 5432 }
    "code to record"      = { from = aws_security_group.task["code"].id, to = aws_security_group.records.id, port = 5432 }
  }
}

resource "aws_security_group" "proxy" {
  name        = "${var.prefix}-proxy"
  description = "The way in to Dagster"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.prefix}-proxy" })
}

resource "aws_security_group" "task" {
  for_each = local.tasks

  name        = "${var.prefix}-${each.key}"
  description = "Dagster ${each.key}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.prefix}-${each.key}" })
}

resource "aws_security_group" "records" {
  name        = "${var.prefix}-records"
  description = "Postgres with the records of Dagster"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.prefix}-records" })
}

resource "aws_vpc_security_group_ingress_rule" "people" {
  for_each = toset(var.reached_from)

  security_group_id = aws_security_group.proxy.id
  description       = "people, by TLS"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "spoken" {
  for_each = local.spoken

  security_group_id            = each.value.to
  description                  = each.key
  referenced_security_group_id = each.value.from
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "spoken" {
  for_each = local.spoken

  security_group_id            = each.value.from
  description                  = each.key
  referenced_security_group_id = each.value.to
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

# Out by TLS: the proxy to the identity provider, the tasks to AWS and Databricks.
resource "aws_vpc_security_group_egress_rule" "out" {
  for_each = merge({ for name, group in aws_security_group.task : name => group.id }, { proxy = aws_security_group.proxy.id })

  security_group_id = each.value
  description       = "out by TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# The code evaluates the sensor of the alerts, and so it is the code that speaks to the mail server.
resource "aws_vpc_security_group_egress_rule" "mail" {
  count = var.smtp_port == null ? 0 : 1

  security_group_id = aws_security_group.task["code"].id
  description       = "alerts by e-mail"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = var.smtp_port
  to_port           = var.smtp_port
}
