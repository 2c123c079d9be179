# S3's own hands: they read versions here and write them there, and nothing else.

resource "aws_iam_role" "replication" {
  name = "${var.prefix}-replication"
  tags = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "s3.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "replication" {
  name = "lakehouse"
  role = aws_iam_role.replication.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LooksHere"
        Effect   = "Allow"
        Action   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
        Resource = [for area in var.areas : "arn:aws:s3:::${var.buckets[area]}"]
      },
      {
        Sid      = "ReadsHere"
        Effect   = "Allow"
        Action   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
        Resource = [for area in var.areas : "arn:aws:s3:::${var.buckets[area]}/*"]
      },
      {
        Sid      = "WritesThere"
        Effect   = "Allow"
        Action   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
        Resource = [for bucket in values(local.there) : "arn:aws:s3:::${bucket}/*"]
      },
      {
        Sid       = "DecryptsHere"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [for area in var.areas : var.key_arns[area]]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
      },
      {
        Sid       = "EncryptsThere"
        Effect    = "Allow"
        Action    = ["kms:Encrypt", "kms:GenerateDataKey"]
        Resource  = [aws_kms_key.there.arn]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region_there}.amazonaws.com" } }
      },
    ]
  })
}
