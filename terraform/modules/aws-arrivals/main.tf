# S3 tells a queue of every file that was delivered whole; what nobody took in a thousand looks waits apart.

locals {
  arn = "arn:aws:sqs:${var.region}:${var.account_id}:${var.prefix}-arrivals"
}

resource "aws_kms_key" "queue" {
  description             = "lakehouse ${var.prefix} arrivals"
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
        Sid       = "S3Encrypts"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
      },
    ]
  })
}

resource "aws_sqs_queue" "arrivals" {
  name                       = "${var.prefix}-arrivals"
  kms_master_key_id          = aws_kms_key.queue.arn
  message_retention_seconds  = 14 * 86400
  receive_wait_time_seconds  = 20
  visibility_timeout_seconds = var.visible_again_after_seconds
  tags                       = merge(var.tags, { lakehouse_layer = "landing" })

  # A sensor looks again at a message, each half minute, until the table holds its file: a thousand looks are 8 hours.
  redrive_policy = jsonencode({
    deadLetterTargetArn = "${local.arn}-left"
    maxReceiveCount     = 1000
  })

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyTLS"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = local.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "TheLandingZoneTells"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.arn
        Condition = {
          StringEquals = { "aws:SourceAccount" = var.account_id }
          ArnEquals    = { "aws:SourceArn" = "arn:aws:s3:::${var.landing_bucket}" }
        }
      },
    ]
  })

  depends_on = [aws_sqs_queue.left]
}

resource "aws_sqs_queue" "left" {
  name                      = "${var.prefix}-arrivals-left"
  kms_master_key_id         = aws_kms_key.queue.arn
  message_retention_seconds = 14 * 86400
  tags                      = merge(var.tags, { lakehouse_layer = "landing" })

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.arn]
  })

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyTLS"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = "${local.arn}-left"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

# A file that was replaced is a creation too; one that was taken away is told as well, for tables that withdraw its rows.
resource "aws_s3_bucket_notification" "landing" {
  bucket = var.landing_bucket

  queue {
    id        = "arrivals"
    queue_arn = aws_sqs_queue.arrivals.arn
    events    = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
  }
}

resource "aws_cloudwatch_metric_alarm" "late" {
  alarm_name          = "${var.prefix}-arrivals-wait"
  alarm_description   = "A delivered file has waited longer than ${var.late_after_minutes} minutes for a sensor."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.arrivals.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.late_after_minutes * 60
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
  ok_actions          = var.alarm_topics
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "left" {
  alarm_name          = "${var.prefix}-arrivals-left"
  alarm_description   = "A message was looked at a thousand times and its file is in no table."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.left.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
  ok_actions          = var.alarm_topics
  tags                = var.tags
}
