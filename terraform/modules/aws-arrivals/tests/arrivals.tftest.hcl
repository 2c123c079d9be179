mock_provider "aws" {
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/queue" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:acme-prod-arrivals" }
  }
}

variables {
  prefix         = "acme-prod"
  account_id     = "111122223333"
  region         = "eu-west-1"
  landing_bucket = "acme-prod-landing"
  alarm_topics   = ["arn:aws:sns:eu-west-1:111122223333:ops"]
}

run "only_the_landing_bucket_tells_and_only_by_tls" {
  assert {
    condition = alltrue([
      for s in jsondecode(aws_sqs_queue.arrivals.policy).Statement :
      s.Effect == "Deny" || (s.Condition.ArnEquals["aws:SourceArn"] == "arn:aws:s3:::acme-prod-landing" && s.Action == "sqs:SendMessage")
    ])
    error_message = "Somebody else than the landing bucket may send."
  }

  assert {
    condition = alltrue([
      for queue in [aws_sqs_queue.arrivals, aws_sqs_queue.left] :
      anytrue([for s in jsondecode(queue.policy).Statement : s.Effect == "Deny" && try(s.Condition.Bool["aws:SecureTransport"], "") == "false"])
    ])
    error_message = "Plain HTTP is not denied."
  }

  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.arrivals, aws_sqs_queue.left] : queue.kms_master_key_id == aws_kms_key.queue.arn]) && aws_kms_key.queue.enable_key_rotation
    error_message = "A queue is not encrypted by its own, rotated key."
  }
}

run "what_nobody_takes_is_kept_and_told" {
  assert {
    condition     = jsondecode(aws_sqs_queue.arrivals.redrive_policy).maxReceiveCount == 1000 && aws_sqs_queue.left.message_retention_seconds == 1209600
    error_message = "Messages that nobody takes are lost."
  }

  assert {
    condition     = alltrue([for alarm in [aws_cloudwatch_metric_alarm.late, aws_cloudwatch_metric_alarm.left] : tolist(alarm.alarm_actions) == tolist(var.alarm_topics)])
    error_message = "An alarm tells nobody."
  }

  assert {
    condition     = one(aws_s3_bucket_notification.landing.queue).events == toset(["s3:ObjectCreated:*", "s3:ObjectRemoved:*"])
    error_message = "The queue is not told of files that come, change and go."
  }
}
