# The workspace's own storage: libraries, logs, results of queries. No table of the lake lies there.

data "databricks_aws_bucket_policy" "root" {
  bucket                   = "${var.prefix}-workspace"
  databricks_e2_account_id = var.databricks_account_id
}

module "root" {
  source = "../aws-bucket"

  name              = "${var.prefix}-workspace"
  kms_key_arn       = aws_kms_key.workspace.arn
  access_log_bucket = var.access_log_bucket
  inventory_bucket  = var.audit_bucket
  inventory_key_arn = var.audit_key_arn
  retention         = { superseded_days = 7, tables = true }
  statements        = jsondecode(data.databricks_aws_bucket_policy.root.json).Statement
  tags              = merge(var.tags, { lakehouse_layer = "workspace" })
}

resource "aws_kms_key" "workspace" {
  description             = "lakehouse ${var.prefix} workspace"
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
        Sid       = "TheControlPlaneEncrypts"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.databricks_aws_account_id}:root" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:PrincipalTag/DatabricksAccountId" = [var.databricks_account_id] } }
      },
      {
        Sid       = "TheControlPlaneLendsItToAWS"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.databricks_aws_account_id}:root" }
        Action    = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
        Resource  = "*"
        Condition = {
          StringEquals = { "aws:PrincipalTag/DatabricksAccountId" = [var.databricks_account_id] }
          Bool         = { "kms:GrantIsForAWSResource" = "true" }
        }
      },
      {
        Sid       = "ClustersEncryptTheirDisks"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.account_id}:role/${var.prefix}-databricks" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey", "kms:CreateGrant"]
        Resource  = "*"
        Condition = { StringLike = { "kms:ViaService" = "ec2.*.amazonaws.com" } }
      },
    ]
  })

  depends_on = [aws_iam_role.cross_account]
}

resource "aws_kms_alias" "workspace" {
  name          = "alias/${var.prefix}-workspace"
  target_key_id = aws_kms_key.workspace.key_id
}
