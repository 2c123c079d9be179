mock_provider "aws" {
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/witness" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/lakehouse/acme-prod/trail" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:111122223333:acme-prod-security" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/acme-prod-trail" }
  }
}

variables {
  prefix          = "acme-prod"
  account_id      = "111122223333"
  region          = "eu-west-1"
  audit_bucket    = "acme-prod-audit"
  audit_key_arn   = "arn:aws:kms:eu-west-1:111122223333:key/audit"
  watched_buckets = ["acme-prod-bronze", "acme-prod-gold"]
  told_by_mail    = ["oncall@acme.example"]
}

run "every_touch_of_an_object_is_recorded_whole_and_encrypted" {
  assert {
    condition = one([
      for selector in aws_cloudtrail.this.advanced_event_selector : one([for f in selector.field_selector : f.starts_with if f.field == "resources.ARN"]) if selector.name == "objects of the lake"
    ]) == tolist(["arn:aws:s3:::acme-prod-bronze/", "arn:aws:s3:::acme-prod-gold/"])
    error_message = "Objects of a watched bucket are not recorded."
  }

  assert {
    condition     = aws_cloudtrail.this.enable_log_file_validation && aws_cloudtrail.this.is_multi_region_trail && aws_cloudtrail.this.kms_key_id == var.audit_key_arn
    error_message = "The trail can be altered unseen, hears one region only, or is not encrypted."
  }
}

run "what_is_dangerous_is_told" {
  assert {
    condition     = alltrue([for what in ["key-disabled", "bucket-opened", "trail-stopped", "root-used", "denied", "version-deleted"] : contains(aws_cloudwatch_metric_alarm.told[what].alarm_actions, aws_sns_topic.told.arn)])
    error_message = "Something dangerous is told to nobody."
  }

  assert {
    condition     = alltrue([for code in ["\"AccessDenied*\"", "\"*UnauthorizedOperation\""] : strcontains(aws_cloudwatch_log_metric_filter.told["denied"].pattern, code)])
    error_message = "A denial by KMS or SQS (AccessDeniedException), or by EC2 (Client.UnauthorizedOperation), would be told to nobody."
  }

  assert {
    condition     = alltrue([for filter in aws_cloudwatch_log_metric_filter.told : !can(regex("[^T] EXISTS", filter.pattern))])
    error_message = "CloudWatch knows NOT EXISTS alone: that something is there is said as = \"*\"."
  }

  assert {
    condition     = aws_sns_topic.told.kms_master_key_id != null && aws_cloudwatch_log_group.trail.kms_key_id != null
    error_message = "Alarms or the trail's second place are not encrypted."
  }
}

run "a_trail_that_records_itself_is_refused" {
  command = plan

  variables {
    watched_buckets = ["acme-prod-audit"]
  }

  expect_failures = [var.watched_buckets]
}
