# A second copy in another region of what cannot be made again. Optional: it doubles what these areas cost.

locals {
  there = { for area in var.areas : area => "${var.prefix}-${area}-copy" }
}

resource "aws_kms_key" "there" {
  provider = aws.there

  description             = "lakehouse ${var.prefix} copies"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TheAccountDecidesByItsRoles"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "InventoryEncrypts"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "kms:GenerateDataKey"
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
      },
    ]
  })
}

module "copy" {
  source   = "../aws-bucket"
  for_each = local.there

  providers = { aws = aws.there }

  name              = each.value
  kms_key_arn       = aws_kms_key.there.arn
  access_log_bucket = aws_s3_bucket.logs.id
  inventory_bucket  = each.value
  inventory_key_arn = aws_kms_key.there.arn
  retention         = var.retention[each.key]
  tags              = merge(var.tags, { lakehouse_layer = each.key })

  # The inventory of a copy lies in the copy: the first region may be what was lost.
  statements = [{
    Sid       = "InventoryWrites"
    Effect    = "Allow"
    Principal = { Service = "s3.amazonaws.com" }
    Action    = "s3:PutObject"
    Resource  = "arn:aws:s3:::${each.value}/inventory/*"
    Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
  }]
}

resource "aws_s3_bucket_replication_configuration" "here" {
  for_each = local.there

  bucket = var.buckets[each.key]
  role   = aws_iam_role.replication.arn

  rule {
    id       = "copy"
    status   = "Enabled"
    priority = 1

    filter {
      prefix = ""
    }

    # A deletion here is one there too: both keep the version for as long as the area's retention says.
    delete_marker_replication {
      status = "Enabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket        = module.copy[each.key].arn
      storage_class = "STANDARD_IA"

      encryption_configuration {
        replica_kms_key_id = aws_kms_key.there.arn
      }

      replication_time {
        status = "Enabled"

        time {
          minutes = 15
        }
      }

      metrics {
        status = "Enabled"

        event_threshold {
          minutes = 15
        }
      }
    }
  }
}
