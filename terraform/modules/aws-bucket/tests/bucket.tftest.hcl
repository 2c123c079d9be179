mock_provider "aws" {

  override_resource {
    target = aws_s3_bucket.this
    values = { id = "acme-prod-silver" }
  }
}

variables {
  name              = "acme-prod-silver"
  kms_key_arn       = "arn:aws:kms:eu-west-1:111122223333:key/silver"
  access_log_bucket = "acme-prod-logs"
  inventory_bucket  = "acme-prod-audit"
  inventory_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/audit"
  retention         = { superseded_days = 30, cool_after_days = 180, tables = true }
  shorter           = { "silver/households/" = 7 }
}

run "a_bucket_is_closed_encrypted_and_keeps_versions" {
  command = apply

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "The bucket can be made public."
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule :
      rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
      && rule.apply_server_side_encryption_by_default[0].kms_master_key_id == var.kms_key_arn
      && rule.bucket_key_enabled
    ])
    error_message = "The bucket is not encrypted by its own key."
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "What is overwritten cannot be brought back."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "Access lists of objects count."
  }

  assert {
    condition     = aws_s3_bucket_logging.this.target_bucket == "acme-prod-logs"
    error_message = "Requests are not logged."
  }

  assert {
    condition = (
      aws_s3_bucket_inventory.this.bucket == "acme-prod-silver"
      && aws_s3_bucket_inventory.this.schedule[0].frequency == "Weekly"
      && aws_s3_bucket_inventory.this.included_object_versions == "All"
      && aws_s3_bucket_inventory.this.enabled != false
      && aws_s3_bucket_inventory.this.destination[0].bucket[0].bucket_arn == "arn:aws:s3:::acme-prod-audit"
      && aws_s3_bucket_inventory.this.destination[0].bucket[0].encryption[0].sse_kms[0].key_id == var.inventory_key_arn
    )
    error_message = "No weekly list of all objects and versions is kept, under the audit's key, in its bucket."
  }
}

run "its_policy_takes_no_plain_http_and_no_other_key" {
  command = apply

  assert {
    condition = anytrue([
      for s in jsondecode(aws_s3_bucket_policy.this.policy).Statement :
      s.Effect == "Deny" && s.Principal == "*" && s.Action == "s3:*"
      && try(s.Condition.Bool["aws:SecureTransport"], "") == "false"
      && toset(s.Resource) == toset(["arn:aws:s3:::acme-prod-silver", "arn:aws:s3:::acme-prod-silver/*"])
    ])
    error_message = "Plain HTTP is not denied for the bucket and its objects."
  }

  assert {
    condition = anytrue([
      for s in jsondecode(aws_s3_bucket_policy.this.policy).Statement :
      s.Effect == "Deny" && try(s.Condition.NumericLessThan["s3:TlsVersion"], "") == "1.2"
    ])
    error_message = "A TLS older than 1.2 is not denied."
  }

  assert {
    condition = anytrue([
      for s in jsondecode(aws_s3_bucket_policy.this.policy).Statement :
      s.Effect == "Deny" && try(s.Condition.StringNotEquals["s3:x-amz-server-side-encryption-aws-kms-key-id"], "") == var.kms_key_arn
    ])
    error_message = "Objects under another key are not denied."
  }

  assert {
    condition     = alltrue([for s in jsondecode(aws_s3_bucket_policy.this.policy).Statement : s.Effect == "Deny"])
    error_message = "The policy allows something by itself."
  }
}

run "it_tidies_up_and_deletes_no_live_file_of_a_table" {
  command = apply

  assert {
    condition = anytrue([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule :
      rule.id == "incomplete-uploads" && rule.abort_incomplete_multipart_upload[0].days_after_initiation == 1
    ])
    error_message = "Uploads that were broken off stay."
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : try(rule.expiration[0].days, 0) == 0
    ])
    error_message = "Live files of a table would be deleted by age."
  }

  assert {
    condition = one([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.noncurrent_version_expiration[0].noncurrent_days if rule.id == "superseded"
    ]) == 30
    error_message = "Superseded files do not go after 30 days."
  }

  assert {
    condition = one([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.noncurrent_version_expiration[0].noncurrent_days if try(rule.filter[0].prefix, "") == "silver/households/"
    ]) == 7
    error_message = "Superseded files of a table about people do not go after 7 days."
  }

  assert {
    condition = flatten([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : [for t in rule.transition : "${t.days} ${t.storage_class}"]
    ]) == ["180 STANDARD_IA"]
    error_message = "The tiers are not those of the area."
  }
}

run "expiry_is_refused_where_tables_lie" {
  command = plan

  variables {
    retention = { superseded_days = 30, expire_after_days = 400, tables = true }
  }

  expect_failures = [var.retention]
}

run "a_class_that_keeps_longer_is_refused" {
  command = plan

  variables {
    shorter = { "silver/households/" = 31 }
  }

  expect_failures = [var.shorter]
}
