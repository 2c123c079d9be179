# Who may write to the audit bucket: the services that bear witness, for this account only. What it holds is locked.

locals {
  audit_arn = "arn:aws:s3:::${local.buckets["audit"]}"

  audit_statements = [
    {
      Sid       = "TrailLooks"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = local.audit_arn
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    },
    {
      Sid       = "TrailWrites"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.audit_arn}/AWSLogs/${var.account_id}/*"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
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

  audit_key_statements = [
    for service in ["cloudtrail.amazonaws.com", "s3.amazonaws.com"] : {
      Sid       = "WitnessesEncrypt${title(split(".", service)[0])}"
      Effect    = "Allow"
      Principal = { Service = service }
      Action    = ["kms:GenerateDataKey", "kms:DescribeKey"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }
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
