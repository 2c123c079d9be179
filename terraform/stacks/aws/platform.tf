# What computes and what schedules: Databricks with its catalog and bounds, and Dagster.

module "workspace" {
  source = "../../modules/aws-databricks"

  providers = {
    aws        = aws
    databricks = databricks.account
  }

  prefix                = local.prefix
  account_id            = var.account_id
  region                = var.region
  databricks_account_id = var.databricks_account_id
  metastore_id          = var.metastore_id
  vpc_id                = module.network.vpc_id
  subnet_ids            = module.network.private_subnet_ids
  clusters_group_id     = module.network.clusters_group_id
  writer_role_name      = module.roles.names["writer"]
  writer_role_arn       = module.roles.arns["writer"]
  access_log_bucket     = module.lake.buckets["logs"]
  audit_bucket          = module.lake.buckets["audit"]
  audit_key_arn         = module.lake.key_arns["audit"]
  tags                  = local.tags
}

module "unity" {
  source = "../../modules/aws-unity"

  prefix     = local.prefix
  account_id = var.account_id
  region     = var.region
  buckets    = { for area in concat(keys(local.areas), ["landing"]) : area => module.lake.buckets[area] }
  key_arns   = { for area in concat(keys(local.areas), ["landing"]) : area => module.lake.key_arns[area] }
  tags       = local.tags
}

module "catalog" {
  source = "../../modules/databricks-catalog"

  prefix     = local.prefix
  catalog    = replace(local.prefix, "-", "_")
  credential = module.unity.credential
  urls       = { for area in concat(keys(local.areas), ["landing"]) : area => "s3://${module.lake.buckets[area]}" }
  access     = local.declared.access
  groups     = var.groups
  tags       = local.tags
}

resource "databricks_instance_profile" "jobs" {
  instance_profile_arn = module.workspace.instance_profile_arn
}

module "compute" {
  source = "../../modules/databricks-compute"

  providers = {
    databricks         = databricks
    databricks.account = databricks.account
  }

  prefix               = local.prefix
  cloud                = "aws"
  job                  = local.declared.job
  sizes                = local.declared.platform
  warehouse            = local.declared.warehouse
  node_types           = local.node_types
  spark_versions       = [local.declared.job.spark_version]
  instance_profile_arn = databricks_instance_profile.jobs.instance_profile_arn
  run_as               = var.run_as
  volume               = module.catalog.volume
  wheel                = "lakehouse_assets-${var.code_version}-py3-none-any.whl"
  environment          = local.code
  groups               = var.groups
  told_by_mail         = var.told_by_mail
  tags                 = local.tags
}

module "dagster" {
  source = "../../modules/aws-dagster"

  prefix                   = local.prefix
  account_id               = var.account_id
  region                   = var.region
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.private_subnet_ids
  reached_from             = var.reached_from
  certificate_arn          = var.certificate_arn
  identity                 = var.identity
  identity_secret          = var.identity_secret
  image_tag                = var.code_version
  sizes                    = local.declared.platform
  writer_role_arn          = module.roles.arns["writer"]
  records_password         = var.records_password
  records_password_version = var.records_password_version
  secrets                  = var.secrets
  smtp_port                = var.smtp_port
  compute_log_bucket       = module.lake.buckets["ops"]
  access_log_bucket        = module.lake.buckets["logs"]
  log_key_arn              = module.audit.log_key_arn
  alarm_topics             = [module.audit.topic_arn]
  tags                     = local.tags

  environment = merge(local.code, {
    LAKEHOUSE_ENGINE                      = var.engine
    LAKEHOUSE_QUEUE                       = module.arrivals.queue_url
    LAKEHOUSE_DATABRICKS_VOLUME           = module.catalog.volume
    LAKEHOUSE_DATABRICKS_POLICY_ID        = module.compute.jobs_policy_id
    LAKEHOUSE_DATABRICKS_INSTANCE_PROFILE = module.workspace.instance_profile_arn
    LAKEHOUSE_DATABRICKS_NODE_TYPE        = local.node_types[0]
    LAKEHOUSE_DATABRICKS_ENVIRONMENT      = jsonencode({ AWS_REGION = var.region })
    DATABRICKS_HOST                       = module.workspace.workspace_url
  })
}
