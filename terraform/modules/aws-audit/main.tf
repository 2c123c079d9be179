# Who touched which object, and who changed how the account is set: one trail, locked away, and told at once where it matters.

locals {
  arn = "arn:aws:cloudtrail:${var.region}:${var.account_id}:trail/${var.prefix}"

  # What is told: a pattern over the trail's events, and in words what happened.
  told = {
    key-disabled = {
      pattern = "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }"
      says    = "A key was disabled or is to be deleted."
    }
    bucket-opened = {
      pattern = "{ ($.eventSource = s3.amazonaws.com) && (($.eventName = PutBucketPolicy) || ($.eventName = DeleteBucketPolicy) || ($.eventName = PutBucketPublicAccessBlock) || ($.eventName = DeleteBucketPublicAccessBlock) || ($.eventName = PutBucketAcl) || ($.eventName = PutBucketLifecycle)) }"
      says    = "Who may reach a bucket, or what it keeps, was changed."
    }
    trail-stopped = {
      pattern = "{ ($.eventName = StopLogging) || ($.eventName = DeleteTrail) || ($.eventName = UpdateTrail) || ($.eventName = PutEventSelectors) }"
      says    = "The trail was changed or stopped."
    }
    root-used = {
      pattern = "{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS && $.eventType != AwsServiceEvent }"
      says    = "The account's root did something."
    }
    denied = {
      pattern = "{ ($.errorCode = \"AccessDenied*\") || ($.errorCode = \"*UnauthorizedOperation\") }"
      says    = "Much was denied: somebody tries doors, or a right is missing."
    }
    version-deleted = {
      pattern = "{ ($.eventSource = s3.amazonaws.com) && ($.eventName = DeleteObject) && ($.requestParameters.versionId = \"*\") }"
      says    = "A version of an object was deleted for good, which no role here may."
    }
  }
}

resource "aws_cloudtrail" "this" {
  #checkov:skip=CKV_AWS_252:A message for each file of the trail, every 5 minutes, would bury the alarms, which tell what matters.
  name                          = var.prefix
  s3_bucket_name                = var.audit_bucket
  kms_key_id                    = var.audit_key_arn
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail.arn
  tags                          = var.tags

  advanced_event_selector {
    name = "how the account is set"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }

  advanced_event_selector {
    name = "objects of the lake"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field       = "resources.ARN"
      starts_with = [for bucket in var.watched_buckets : "arn:aws:s3:::${bucket}/"]
    }
  }

  depends_on = [aws_iam_role_policy.trail]
}

resource "aws_cloudwatch_log_metric_filter" "told" {
  for_each = local.told

  name           = "${var.prefix}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = each.value.pattern

  metric_transformation {
    namespace = "Lakehouse/${var.prefix}"
    name      = each.key
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "told" {
  for_each = local.told

  alarm_name          = "${var.prefix}-${each.key}"
  alarm_description   = each.value.says
  namespace           = "Lakehouse/${var.prefix}"
  metric_name         = each.key
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.key == "denied" ? var.denied_at_least : 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.told.arn]
  tags                = var.tags
}
