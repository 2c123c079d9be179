# The whole platform on AWS. What is read from the declaration is what Python says; what is asked is in variables.tf.

locals {
  declared = jsondecode(file("${path.module}/../../declaration.json"))
  prefix   = "${var.name}-${var.environment}"
  areas    = { for area, retention in local.declared.areas : area => retention if retention.tables }
  tags     = merge({ cost_center = var.cost_center, lakehouse = local.prefix, lakehouse_environment = var.environment }, var.tags)

  # Dagster's tasks are writers, and so are the machines of its jobs; people are what they are named as.
  trusted = merge(var.trusted, { writer = concat(["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"], lookup(var.trusted, "writer", [])) })

  node_types = coalesce(var.node_types, [local.declared.job.nodes.aws])

  # A lake of staging or production is written by processes that say so. A branch's stack has a lake of its own, at its
  # root, where the days of the retention are: its processes say nothing, and nobody claims it.
  code = merge(var.environment == "branch" ? {} : { LAKEHOUSE_ENVIRONMENT = var.environment }, {
    LAKEHOUSE_ROOT    = module.lake.root
    LAKEHOUSE_LAYERS  = module.lake.layers
    LAKEHOUSE_LANDING = module.lake.landing
    LAKEHOUSE_CATALOG = module.catalog.catalog
    AWS_REGION        = var.region
  })
}

module "lake" {
  source = "../../modules/aws-lake"

  prefix           = local.prefix
  account_id       = var.account_id
  areas            = local.declared.areas
  classes          = local.declared.classes
  tables           = local.declared.tables
  compute_log_days = local.declared.platform.compute_log_days
  audit_lock       = var.audit_lock
  tags             = local.tags
}

module "audit" {
  source = "../../modules/aws-audit"

  prefix          = local.prefix
  account_id      = var.account_id
  region          = var.region
  audit_bucket    = module.lake.buckets["audit"]
  audit_key_arn   = module.lake.key_arns["audit"]
  watched_buckets = [for area in sort(keys(local.declared.areas)) : module.lake.buckets[area] if !contains(["audit", "logs"], area)]
  told_by_mail    = var.told_by_mail
  tags            = local.tags
}

module "arrivals" {
  source = "../../modules/aws-arrivals"

  prefix         = local.prefix
  account_id     = var.account_id
  region         = var.region
  landing_bucket = module.lake.buckets["landing"]
  alarm_topics   = [module.audit.topic_arn]
  tags           = local.tags
}

module "roles" {
  source = "../../modules/aws-roles"

  prefix     = local.prefix
  account_id = var.account_id
  region     = var.region
  access     = local.declared.access
  roles      = local.declared.roles
  trusted    = local.trusted
  workflows  = var.workflows
  buckets    = module.lake.buckets
  key_arns   = module.lake.key_arns
  trail_arn  = module.audit.trail_arn
  tags       = local.tags

  queues = {
    arrivals = module.arrivals.queue_arn
    left     = module.arrivals.left_arn
    key      = module.arrivals.key_arn
  }
}

module "copies" {
  source = "../../modules/aws-replication"
  count  = var.region_of_copies == null ? 0 : 1

  providers = {
    aws       = aws
    aws.there = aws.there
  }

  prefix       = local.prefix
  account_id   = var.account_id
  region       = var.region
  region_there = var.region_of_copies
  buckets      = module.lake.buckets
  key_arns     = module.lake.key_arns
  retention    = local.declared.areas
  tags         = local.tags
}

module "network" {
  source = "../../modules/aws-network"

  prefix      = local.prefix
  account_id  = var.account_id
  region      = var.region
  cidr        = var.cidr
  zones       = var.zones
  log_key_arn = module.audit.log_key_arn
  tags        = local.tags
}
