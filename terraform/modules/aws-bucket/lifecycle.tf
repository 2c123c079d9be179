# Current objects of a table move between tiers that are read at once, and are never deleted by age.

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  #checkov:skip=CKV_AWS_300:checkov loses a plain rule beside dynamic ones; tests/bucket.tftest.hcl asserts it instead.
  bucket = aws_s3_bucket.this.id

  rule {
    id     = "incomplete-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  rule {
    id     = "superseded"
    status = "Enabled"

    filter {
      prefix = ""
    }

    noncurrent_version_expiration {
      noncurrent_days = var.retention.superseded_days
    }
  }

  dynamic "rule" {
    for_each = var.retention.expire_after_days == null ? [1] : []

    content {
      id     = "markers-of-nothing"
      status = "Enabled"

      filter {
        prefix = ""
      }

      expiration {
        expired_object_delete_marker = true
      }
    }
  }

  dynamic "rule" {
    for_each = var.shorter

    content {
      id     = "superseded-${replace(trimsuffix(rule.key, "/"), "/", "-")}"
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      noncurrent_version_expiration {
        noncurrent_days = rule.value
      }
    }
  }

  dynamic "rule" {
    for_each = var.retention.cool_after_days == null && var.retention.cold_after_days == null ? [] : [1]

    content {
      id     = "tiers"
      status = "Enabled"

      # What is smaller costs more in a cheap tier than it saves; the files of a table's log are.
      filter {
        object_size_greater_than = 131072
      }

      dynamic "transition" {
        for_each = var.retention.cool_after_days == null ? [] : [var.retention.cool_after_days]

        content {
          days          = transition.value
          storage_class = "STANDARD_IA"
        }
      }

      dynamic "transition" {
        for_each = var.retention.cold_after_days == null ? [] : [var.retention.cold_after_days]

        content {
          days          = transition.value
          storage_class = "GLACIER_IR"
        }
      }
    }
  }

  dynamic "rule" {
    for_each = merge(var.expiring, var.retention.expire_after_days == null ? {} : { "" = var.retention.expire_after_days })

    content {
      id     = trimsuffix("expire-${replace(trimsuffix(rule.key, "/"), "/", "-")}", "-")
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
