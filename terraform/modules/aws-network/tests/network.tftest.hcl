mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/acme-prod-flow" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/lakehouse/acme-prod/flow" }
  }
}

variables {
  prefix      = "acme-prod"
  account_id  = "111122223333"
  region      = "eu-west-1"
  zones       = ["eu-west-1a", "eu-west-1b"]
  log_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/witness"
}

run "nothing_gets_a_public_address" {
  assert {
    condition     = alltrue([for subnet in merge({ for k, v in aws_subnet.private : "p${k}" => v }, aws_subnet.public) : !subnet.map_public_ip_on_launch])
    error_message = "What is started in a subnet gets a public address."
  }

  assert {
    condition     = aws_subnet.private["eu-west-1a"].cidr_block == "10.40.0.0/20" && aws_subnet.private["eu-west-1b"].cidr_block == "10.40.16.0/20" && aws_subnet.public["eu-west-1b"].cidr_block == "10.40.241.0/24"
    error_message = "Subnets are not cut as said."
  }
}

run "nothing_comes_in_from_outside" {
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.clusters : rule.cidr_ipv4 == null && rule.referenced_security_group_id == aws_security_group.clusters.id])
    error_message = "Clusters take calls from elsewhere than among themselves."
  }

  assert {
    condition     = length(coalesce(aws_default_security_group.closed.ingress, [])) == 0 && length(coalesce(aws_default_security_group.closed.egress, [])) == 0
    error_message = "The default group lets something through."
  }
}

run "s3_is_reached_without_the_way_out_and_flows_are_kept" {
  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.s3.service_name == "com.amazonaws.eu-west-1.s3"
    error_message = "Bytes of the lake would go by the way out."
  }

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow.kms_key_id == var.log_key_arn
    error_message = "Flows are not kept, or not encrypted."
  }
}

run "one_zone_is_refused" {
  command = plan

  variables {
    zones = ["eu-west-1a"]
  }

  expect_failures = [var.zones]
}
