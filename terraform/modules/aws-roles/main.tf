# Roles from one matrix: what a level allows is said once, here, and each role has it for the areas that it names.

locals {
  trusted = {
    for role in distinct(concat(keys(var.trusted), keys(var.workflows))) : role => lookup(var.trusted, role, [])
    if length(lookup(var.trusted, role, [])) > 0 || contains(keys(var.workflows), role)
  }
  issuer = "token.actions.githubusercontent.com"

  of_bucket = {
    list    = ["s3:ListBucket", "s3:GetBucketLocation"]
    deliver = []
    read    = ["s3:ListBucket", "s3:GetBucketLocation"]
    restore = ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation"]
    write   = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"]
  }
  # No level has s3:DeleteObjectVersion: what is overwritten or deleted can be brought back until the store lets it go.
  of_object = {
    list    = []
    deliver = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    read    = ["s3:GetObject"]
    restore = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
    write   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
  }
  of_key = {
    list    = []
    deliver = ["kms:GenerateDataKey", "kms:Decrypt"]
    read    = ["kms:Decrypt"]
    restore = ["kms:Decrypt", "kms:GenerateDataKey"]
    write   = ["kms:Decrypt", "kms:GenerateDataKey"]
  }

  lake = {
    for role, rights in var.access : role => flatten([
      for area, level in rights : [
        for statement in [
          {
            Sid      = "${title(area)}Bucket"
            Action   = local.of_bucket[level]
            Resource = "arn:aws:s3:::${var.buckets[area]}"
          },
          {
            Sid      = "${title(area)}Objects"
            Action   = local.of_object[level]
            Resource = "arn:aws:s3:::${var.buckets[area]}/*"
          },
          {
            Sid       = "${title(area)}Key"
            Action    = contains(keys(var.key_arns), area) ? local.of_key[level] : []
            Resource  = try(var.key_arns[area], "")
            Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
          },
        ] : merge({ Effect = "Allow" }, statement) if length(statement.Action) > 0
      ]
    ])
  }

  beside = {
    writer = [
      {
        Sid      = "TakesArrivals"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
        Resource = var.queues.arrivals
      },
      {
        Sid      = "ReadsArrivals"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = var.queues.key
      },
    ]
    operator = [
      {
        Sid      = "OffersArrivalsAgain"
        Effect   = "Allow"
        Action   = ["sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = var.queues.left
      },
      {
        Sid      = "SendsThemOn"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage", "sqs:GetQueueAttributes"]
        Resource = var.queues.arrivals
      },
      {
        Sid      = "ReadsArrivals"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.queues.key
      },
    ]
    auditor = concat(
      [{
        Sid      = "SeesHowBucketsAreSet"
        Effect   = "Allow"
        Action   = ["s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetBucketLogging", "s3:GetBucketVersioning", "s3:GetInventoryConfiguration"]
        Resource = [for bucket in values(var.buckets) : "arn:aws:s3:::${bucket}"]
      }],
      [{
        Sid      = "SeesTheTrail"
        Effect   = "Allow"
        Action   = ["cloudtrail:GetTrail", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"]
        Resource = [var.trail_arn]
      }]
    )
  }
}

resource "aws_iam_role" "role" {
  for_each = local.trusted

  name                 = "${var.prefix}-${each.key}"
  description          = var.roles[each.key]
  max_session_duration = var.session_seconds
  tags                 = merge(var.tags, { lakehouse_role = each.key })

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        for one in each.value : {
          Effect    = "Allow"
          Action    = "sts:AssumeRole"
          Principal = endswith(one, ".amazonaws.com") ? { Service = one } : { AWS = one }
        }
      ],
      # A workflow's run: of one repository and one of its environments, with a token that was meant for AWS.
      [
        for role, subject in var.workflows : {
          Effect    = "Allow"
          Action    = "sts:AssumeRoleWithWebIdentity"
          Principal = { Federated = "arn:aws:iam::${var.account_id}:oidc-provider/${local.issuer}" }
          Condition = { StringEquals = { "${local.issuer}:aud" = "sts.amazonaws.com", "${local.issuer}:sub" = subject } }
        } if role == each.key
      ]
    )
  })
}

resource "aws_iam_role_policy" "role" {
  for_each = local.trusted

  name = "lakehouse"
  role = aws_iam_role.role[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.lake[each.key], try(local.beside[each.key], []))
  })
}
