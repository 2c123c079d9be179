# The landing zone and the lake: a bucket and a key for each area, and beside them where logs and audits go.

locals {
  root    = "arn:aws:iam::${var.account_id}:root"
  buckets = { for area in keys(var.areas) : area => "${var.prefix}-${area}" }
  kept    = { for area, retention in var.areas : area => retention if area != "logs" }

  # Tables of a class lie in the bucket of their layer, and their rejected rows in the quarantine's.
  days = { for table, class in var.tables : table => var.classes[class] }
  of_layer = {
    for area in keys(local.kept) : area => {
      for table, days in local.days : "${table}/" => min(days, var.areas[area].superseded_days)
      if split("/", table)[0] == area
    }
  }
  of_quarantine = {
    for table, days in local.days : "quarantine/${replace(table, "/", "_")}/" => min(days, var.areas["quarantine"].superseded_days)
  }
}

module "bucket" {
  source   = "../aws-bucket"
  for_each = local.kept

  name              = local.buckets[each.key]
  kms_key_arn       = aws_kms_key.area[each.key].arn
  access_log_bucket = aws_s3_bucket.logs.id
  inventory_bucket  = local.buckets["audit"]
  inventory_key_arn = aws_kms_key.area["audit"].arn
  retention         = each.value
  shorter           = each.key == "quarantine" ? local.of_quarantine : local.of_layer[each.key]
  expiring          = each.key == "ops" ? { "dagster/compute-logs/" = var.compute_log_days } : {}
  statements        = each.key == "audit" ? local.audit_statements : []
  tags              = merge(var.tags, { lakehouse_layer = each.key })
}
