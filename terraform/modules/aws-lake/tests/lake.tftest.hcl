mock_provider "aws" {
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/some" }
  }
}

variables {
  prefix     = "acme-prod"
  account_id = "111122223333"
  areas      = jsondecode(file("../../declaration.json")).areas
  classes    = jsondecode(file("../../declaration.json")).classes
  tables     = { "bronze/households" = "personal", "gold/household_value" = "personal" }
}

run "each_area_has_a_bucket_and_a_key_of_its_own" {
  assert {
    condition     = toset(keys(module.bucket)) == toset(["landing", "bronze", "silver", "gold", "quarantine", "ops", "audit"])
    error_message = "An area has no bucket."
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.area : key.enable_key_rotation && key.deletion_window_in_days == 30])
    error_message = "A key is not rotated, or is gone in less than 30 days."
  }

  assert {
    condition = alltrue(flatten([
      for key in aws_kms_key.area : [for s in jsondecode(key.policy).Statement : s.Principal != "*"]
    ]))
    error_message = "A key's policy names anybody."
  }

  assert {
    condition     = output.root == "s3://acme-prod-ops" && output.layers == "s3://acme-prod-{layer}" && output.landing == "s3://acme-prod-landing"
    error_message = "The URLs are not those that Python writes tables below."
  }
}

run "a_table_about_people_forgets_sooner_with_its_quarantine" {
  assert {
    condition     = module.bucket["bronze"].forgets["bronze/households/"] == 7
    error_message = "Superseded files of bronze/households stay longer than its class says."
  }

  assert {
    condition     = module.bucket["quarantine"].forgets["quarantine/gold_household_value/"] == 7
    error_message = "Rejected rows about people stay longer than their class says."
  }

  assert {
    condition     = module.bucket["bronze"].forgets[""] == jsondecode(file("../../declaration.json")).areas.bronze.superseded_days
    error_message = "Bronze's superseded files do not stay as declared."
  }
}

run "the_logs_bucket_takes_logs_and_nothing_else" {
  assert {
    condition = alltrue([
      for s in jsondecode(aws_s3_bucket_policy.logs.policy).Statement :
      s.Effect == "Deny" || (s.Action == "s3:PutObject" && try(s.Principal.Service, "") != "" && s.Condition.StringEquals["aws:SourceAccount"] == "111122223333")
    ])
    error_message = "The logs bucket lets in more than this account's log delivery."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.logs.restrict_public_buckets && aws_s3_bucket_public_access_block.logs.block_public_policy
    error_message = "The logs bucket can be made public."
  }
}

run "the_trail_is_let_in_and_no_other" {
  assert {
    condition = one([
      for s in jsondecode(aws_kms_key.area["audit"].policy).Statement : toset(s.Action) if try(s.Principal.Service, "") == "cloudtrail.amazonaws.com"
    ]) == toset(["kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"])
    error_message = "A trail into a bucket with a bucket key is refused unless it may decrypt."
  }

  assert {
    condition = alltrue([
      for s in concat(local.audit_statements, local.audit_key_statements) :
      s.Condition.ArnLike["aws:SourceArn"] == "arn:aws:cloudtrail:*:111122223333:trail/acme-prod" if s.Principal.Service == "cloudtrail.amazonaws.com"
    ])
    error_message = "Another trail could write what is audited."
  }
}

run "what_is_audited_is_locked" {
  assert {
    condition     = aws_s3_bucket_object_lock_configuration.audit.rule[0].default_retention[0].days == 365
    error_message = "The audit bucket's objects can be deleted."
  }
}

run "an_account_that_is_none_is_refused" {
  command = plan

  variables {
    account_id = "acme"
  }

  expect_failures = [var.account_id]
}

run "a_prefix_that_names_no_bucket_is_refused" {
  command = plan

  variables {
    prefix = "Acme_prod"
  }

  expect_failures = [var.prefix]
}

run "a_missing_area_is_refused" {
  command = plan

  variables {
    areas = { gold = { superseded_days = 30, tables = true } }
  }

  expect_failures = [var.areas]
}
