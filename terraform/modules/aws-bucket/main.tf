# One bucket as every bucket of data here is: private, encrypted, versioned, logged, listed, and tidied by itself.

locals {
  arn = "arn:aws:s3:::${var.name}"
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_144:Another region is a choice with a price; the module aws-replication makes it.
  #checkov:skip=CKV2_AWS_62:Only the landing bucket has something to tell; the module aws-arrivals says it.
  bucket = var.name
  tags   = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "this" {
  bucket        = aws_s3_bucket.this.id
  target_bucket = var.access_log_bucket
  target_prefix = "access/${var.name}/"
}

resource "aws_s3_bucket_inventory" "this" {
  bucket                   = aws_s3_bucket.this.id
  name                     = "weekly"
  included_object_versions = "All"
  optional_fields          = ["Size", "LastModifiedDate", "StorageClass", "EncryptionStatus", "IsMultipartUploaded"]

  schedule {
    frequency = "Weekly"
  }

  destination {
    bucket {
      bucket_arn = "arn:aws:s3:::${var.inventory_bucket}"
      prefix     = "inventory"
      format     = "Parquet"

      encryption {
        sse_kms {
          key_id = var.inventory_key_arn
        }
      }
    }
  }
}
