# Who may write to the audit bucket: the services that bear witness, for this account only. What it holds is locked.

locals {
  audit_arn = "arn:aws:s3:::${local.buckets["audit"]}"
  the_trail = { ArnLike = { "aws:SourceArn" = "arn:aws:cloudtrail:*:${var.account_id}:trail/${var.prefix}" } }

  audit_statements = [
    {
      Sid       = "TrailLooks"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = local.audit_arn
      Condition = local.the_trail
    },
    {
      Sid       = "TrailWrites"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.audit_arn}/AWSLogs/${var.account_id}/*"
      Condition = local.the_trail
    },
    {
      Sid       = "InventoryWrites"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.audit_arn}/inventory/*"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:aws:s3:::${var.prefix}-*" }
      }
    },
  ]

  # Where the bucket has a bucket key, a trail is made only if it may decrypt, too.
  audit_key_statements = [
    {
      Sid       = "TheTrailEncrypts"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = ["kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"]
      Resource  = "*"
      Condition = local.the_trail
    },
    {
      Sid       = "InventoryEncrypts"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = ["kms:GenerateDataKey", "kms:DescribeKey"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    },
  ]
}

resource "aws_s3_bucket_object_lock_configuration" "audit" {
  bucket = module.bucket["audit"].name

  rule {
    default_retention {
      mode = var.audit_lock
      days = var.areas["audit"].superseded_days
    }
  }
}
