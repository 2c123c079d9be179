# How Unity Catalog reaches the lake in S3: a credential of its own, and behind it a role for the areas that hold tables.

locals {
  name = "${var.prefix}-unity"
  arn  = "arn:aws:iam::${var.account_id}:role/${local.name}"

  # Deliveries are read, and changed by nobody.
  written = { for area, bucket in var.buckets : area => bucket if area != "landing" }
}

# The credential comes first: it gives the number without which nobody else's catalog may use the role.
resource "databricks_storage_credential" "lake" {
  name            = local.name
  comment         = "The lake in S3, by a role of this account."
  isolation_mode  = "ISOLATION_MODE_ISOLATED"
  skip_validation = true

  aws_iam_role {
    role_arn = local.arn
  }
}

resource "aws_iam_role" "unity" {
  name                 = local.name
  description          = "Unity Catalog reads and writes tables of the lake by it."
  max_session_duration = 3600
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "UnityCatalogWithItsNumber"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = var.unity_master_role_arn }
        Condition = { StringEquals = { "sts:ExternalId" = databricks_storage_credential.lake.aws_iam_role[0].external_id } }
      },
      {
        Sid       = "Itself"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
        Condition = { ArnEquals = { "aws:PrincipalArn" = local.arn } }
      },
    ]
  })
}

resource "aws_iam_role_policy" "unity" {
  name = "lakehouse"
  role = aws_iam_role.unity.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Buckets"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"]
        Resource = [for bucket in values(var.buckets) : "arn:aws:s3:::${bucket}"]
      },
      {
        Sid      = "Reads"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = [for bucket in values(var.buckets) : "arn:aws:s3:::${bucket}/*"]
      },
      {
        Sid      = "Writes"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
        Resource = [for bucket in values(local.written) : "arn:aws:s3:::${bucket}/*"]
      },
      {
        Sid       = "Decrypts"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = values(var.key_arns)
        Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
      },
      {
        Sid       = "Encrypts"
        Effect    = "Allow"
        Action    = ["kms:GenerateDataKey"]
        Resource  = [for area in keys(local.written) : var.key_arns[area]]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
      },
      {
        Sid      = "Itself"
        Effect   = "Allow"
        Action   = ["sts:AssumeRole"]
        Resource = local.arn
      },
    ]
  })
}
