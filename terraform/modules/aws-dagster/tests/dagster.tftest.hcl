mock_provider "aws" {
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/records" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/some" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/x/1" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/x/1" }
  }
  mock_resource "aws_db_instance" {
    defaults = { address = "records.eu-west-1.rds.internal" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:acme-prod-records-a1B2c3" }
  }
  mock_resource "aws_secretsmanager_secret_version" {
    defaults = { version_id = "the-newest" }
  }
}

variables {
  prefix          = "acme-prod"
  account_id      = "111122223333"
  region          = "eu-west-1"
  vpc_id          = "vpc-1"
  subnet_ids      = ["subnet-a", "subnet-b"]
  reached_from    = ["10.0.0.0/16"]
  certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1"
  identity = {
    issuer                 = "https://id.acme.example"
    authorization_endpoint = "https://id.acme.example/authorize"
    token_endpoint         = "https://id.acme.example/token"
    user_info_endpoint     = "https://id.acme.example/userinfo"
    client_id              = "lakehouse"
  }
  identity_secret    = "of-a-test"
  image_tag          = "0.1.0"
  sizes              = jsondecode(file("../../declaration.json")).platform
  records_password   = "of-a-test"
  writer_role_arn    = "arn:aws:iam::111122223333:role/acme-prod-writer"
  environment        = { LAKEHOUSE_LAYERS = "s3://acme-prod-{layer}" }
  compute_log_bucket = "acme-prod-ops"
  access_log_bucket  = "acme-prod-logs"
  log_key_arn        = "arn:aws:kms:eu-west-1:111122223333:key/witness"
}

run "people_come_in_by_tls_and_their_identity_alone" {
  assert {
    condition     = aws_lb.this.internal && aws_lb_listener.https.protocol == "HTTPS" && startswith(aws_lb_listener.https.ssl_policy, "ELBSecurityPolicy-TLS13")
    error_message = "The UI is reached from outside, or without TLS."
  }

  assert {
    condition = [
      for action in aws_lb_listener.https.default_action : action.type
    ] == ["authenticate-oidc", "forward"] && aws_lb_listener.https.default_action[0].authenticate_oidc[0].on_unauthenticated_request == "authenticate"
    error_message = "The UI is reached before the identity provider was asked."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.people : rule.from_port == 443 && rule.to_port == 443 && rule.cidr_ipv4 != "0.0.0.0/0"])
    error_message = "The way in is open to more than TLS from named addresses."
  }
}

run "tasks_are_closed_and_hold_no_secret" {
  assert {
    condition     = alltrue([for service in aws_ecs_service.task : !service.network_configuration[0].assign_public_ip && !service.enable_execute_command])
    error_message = "A task has a public address, or lets in a shell."
  }

  assert {
    condition = alltrue([
      for task in aws_ecs_task_definition.task : alltrue([
        for container in jsondecode(task.container_definitions) :
        container.readonlyRootFilesystem && container.user == "10001:10001" && container.linuxParameters.capabilities.drop == ["ALL"]
        && !anytrue([for variable in container.environment : can(regex("(?i)password|secret", variable.name))])
        && [for secret in container.secrets : secret.name] == ["PGPASSWORD"]
      ])
    ])
    error_message = "A task runs as root, writes its image, or holds a secret in plain sight."
  }

  assert {
    condition     = aws_ecs_task_definition.task["code"].cpu == "2048" && aws_ecs_task_definition.task["code"].memory == "8192"
    error_message = "The code's task is not as large as declared."
  }

  assert {
    condition     = aws_ecs_service.task["daemon"].deployment_maximum_percent == 100
    error_message = "Two daemons would run side by side during a deployment."
  }
}

run "records_are_encrypted_and_reached_by_tls_from_inside" {
  assert {
    condition     = aws_db_instance.records.storage_encrypted && !aws_db_instance.records.publicly_accessible && aws_db_instance.records.deletion_protection
    error_message = "Postgres is open, unencrypted, or deletable."
  }

  assert {
    condition     = one([for p in aws_db_parameter_group.records.parameter : p.value if p.name == "rds.force_ssl"]) == "1" && strcontains(output.environment["DAGSTER_POSTGRES_URL"], "sslmode=require")
    error_message = "Postgres takes calls without TLS."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.spoken : rule.cidr_ipv4 == null])
    error_message = "Something inside takes calls by address instead of by group."
  }
}

run "a_task_knows_the_password_that_postgres_has" {
  assert {
    condition     = aws_db_instance.records.manage_master_user_password != true && aws_db_instance.records.password_wo_version == aws_secretsmanager_secret_version.records.secret_string_wo_version
    error_message = "AWS turns the password over within a week, or a new one is written to one place alone."
  }

  assert {
    condition = alltrue([
      for task in aws_ecs_task_definition.task : jsondecode(task.container_definitions)[0].secrets[0].valueFrom == "arn:aws:secretsmanager:eu-west-1:111122223333:secret:acme-prod-records-a1B2c3:::the-newest"
    ])
    error_message = "With a new password the tasks would not start anew, and reach Postgres no more."
  }
}

run "images_are_versions_that_stay_what_they_are" {
  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "A version of the image can become another, or is not scanned."
  }
}

run "nothing_gets_out_but_by_tls" {
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_egress_rule.out : rule.from_port == 443 && rule.to_port == 443]) && length(aws_vpc_security_group_egress_rule.mail) == 0
    error_message = "A task gets out by more than TLS."
  }
}

run "alerts_by_mail_open_that_port_for_the_code_alone" {
  variables {
    smtp_port = 587
  }

  assert {
    condition = [
      for rule in aws_vpc_security_group_egress_rule.mail : [rule.security_group_id, rule.ip_protocol, rule.from_port, rule.to_port]
    ] == [[aws_security_group.task["code"].id, "tcp", 587, 587]]
    error_message = "The code does not reach the mail server, or more is open than its port."
  }
}

run "a_port_that_takes_mail_from_everybody_is_refused" {
  command = plan

  variables {
    smtp_port = 25
  }

  expect_failures = [var.smtp_port]
}

run "latest_is_refused" {
  command = plan

  variables {
    image_tag = "latest"
  }

  expect_failures = [var.image_tag]
}

run "everywhere_is_refused" {
  command = plan

  variables {
    reached_from = ["0.0.0.0/0"]
  }

  expect_failures = [var.reached_from]
}

run "a_secret_in_plain_sight_is_refused" {
  command = plan

  variables {
    environment = { DATABRICKS_TOKEN = "x" }
  }

  expect_failures = [var.environment]
}

run "a_secret_that_no_policy_can_name_is_refused" {
  command = plan

  variables {
    secrets = { PLATFORM_ALERTS_URL = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:alerts" }
  }

  expect_failures = [var.secrets]
}

run "an_identity_provider_without_tls_is_refused" {
  command = plan

  variables {
    identity = {
      issuer                 = "http://id.acme.example"
      authorization_endpoint = "https://id.acme.example/authorize"
      token_endpoint         = "https://id.acme.example/token"
      user_info_endpoint     = "https://id.acme.example/userinfo"
      client_id              = "lakehouse"
    }
  }

  expect_failures = [var.identity]
}
