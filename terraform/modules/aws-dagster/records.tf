# Postgres: runs, events, schedules. Its password is written and never read back: it is in no state and no plan. AWS could
# turn it over each week by itself, but a task knows only what it was started with.

resource "aws_kms_key" "records" {
  description             = "lakehouse ${var.prefix} records of Dagster"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TheAccountDecidesByItsRoles"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_db_subnet_group" "records" {
  name       = "${var.prefix}-records"
  subnet_ids = var.subnet_ids
  tags       = var.tags
}

resource "aws_db_parameter_group" "records" {
  name   = "${var.prefix}-records"
  family = "postgres${var.sizes.postgres_version_major}"
  tags   = var.tags

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "5000"
  }
}

resource "aws_db_instance" "records" {
  identifier                            = "${var.prefix}-records"
  engine                                = "postgres"
  engine_version                        = tostring(var.sizes.postgres_version_major)
  instance_class                        = var.sizes.postgres_class_aws
  allocated_storage                     = var.sizes.postgres_storage_gib
  max_allocated_storage                 = var.sizes.postgres_storage_gib * 4
  storage_type                          = "gp3"
  storage_encrypted                     = true
  kms_key_id                            = aws_kms_key.records.arn
  db_name                               = "dagster"
  username                              = "dagster"
  password_wo                           = var.records_password
  password_wo_version                   = var.records_password_version
  db_subnet_group_name                  = aws_db_subnet_group.records.name
  parameter_group_name                  = aws_db_parameter_group.records.name
  vpc_security_group_ids                = [aws_security_group.records.id]
  publicly_accessible                   = false
  multi_az                              = true
  iam_database_authentication_enabled   = true
  auto_minor_version_upgrade            = true
  copy_tags_to_snapshot                 = true
  deletion_protection                   = true
  skip_final_snapshot                   = false
  final_snapshot_identifier             = "${var.prefix}-records-last"
  backup_retention_period               = var.sizes.postgres_backup_days
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.records.arn
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  tags                                  = var.tags
}

resource "aws_secretsmanager_secret" "records" {
  #checkov:skip=CKV2_AWS_57:A password that is turned over by itself would stop every task; records_password_version renews both.
  name        = "${var.prefix}-records"
  description = "The password of Postgres' user dagster"
  kms_key_id  = aws_kms_key.records.arn
  tags        = var.tags
}

resource "aws_secretsmanager_secret_version" "records" {
  secret_id                = aws_secretsmanager_secret.records.id
  secret_string_wo         = var.records_password
  secret_string_wo_version = var.records_password_version
}

resource "aws_cloudwatch_metric_alarm" "full" {
  alarm_name          = "${var.prefix}-records-full"
  alarm_description   = "Postgres has less than 2 GiB left."
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.records.identifier }
  statistic           = "Minimum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 2 * 1024 * 1024 * 1024
  alarm_actions       = var.alarm_topics
  tags                = var.tags
}
