mock_provider "aws" {}

variables {
  prefix     = "acme-prod"
  account_id = "111122223333"
  region     = "eu-west-1"
  workflows  = { operator = "repo:acme/lakehouse:environment:production" }
  access     = jsondecode(file("../../declaration.json")).access
  roles      = jsondecode(file("../../declaration.json")).roles
  trusted = {
    reader   = ["arn:aws:iam::111122223333:role/sso/analysts"]
    writer   = ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]
    operator = ["arn:aws:iam::111122223333:role/sso/oncall"]
    auditor  = ["arn:aws:iam::111122223333:role/sso/audit"]
    sender   = []
  }
  buckets   = { for area in ["landing", "bronze", "silver", "gold", "quarantine", "ops", "audit", "logs"] : area => "acme-prod-${area}" }
  key_arns  = { for area in ["landing", "bronze", "silver", "gold", "quarantine", "ops", "audit"] : area => "arn:aws:kms:eu-west-1:111122223333:key/${area}" }
  trail_arn = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/acme-prod"
  queues = {
    arrivals = "arn:aws:sqs:eu-west-1:111122223333:acme-prod-arrivals"
    left     = "arn:aws:sqs:eu-west-1:111122223333:acme-prod-arrivals-left"
    key      = "arn:aws:kms:eu-west-1:111122223333:key/queue"
  }
}

run "no_role_may_do_anything_anywhere" {
  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_role_policy.role : [
        for s in jsondecode(policy.policy).Statement : [for action in flatten([s.Action]) : !strcontains(action, "*")]
      ]
    ]))
    error_message = "A role has a wildcard for an action."
  }

  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_role_policy.role : [
        for s in jsondecode(policy.policy).Statement : [for resource in flatten([s.Resource]) : startswith(resource, "arn:aws:")]
      ]
    ]))
    error_message = "A role reaches more than what is named."
  }

  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_role_policy.role : [
        for s in jsondecode(policy.policy).Statement : [
          for action in flatten([s.Action]) :
          !contains(["s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:BypassGovernanceRetention", "s3:PutLifecycleConfiguration", "s3:PutObjectAcl", "kms:ScheduleKeyDeletion", "iam:PassRole"], action)
        ]
      ]
    ]))
    error_message = "A role can delete for good, or change who may do what."
  }
}

run "a_reader_reads_gold_and_nothing_else" {
  assert {
    condition = toset(flatten([for s in jsondecode(aws_iam_role_policy.role["reader"].policy).Statement : s.Resource])) == toset([
      "arn:aws:s3:::acme-prod-gold", "arn:aws:s3:::acme-prod-gold/*", "arn:aws:kms:eu-west-1:111122223333:key/gold",
    ])
    error_message = "A reader reaches more than gold."
  }

  assert {
    condition     = toset(flatten([for s in jsondecode(aws_iam_role_policy.role["reader"].policy).Statement : s.Action])) == toset(["s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject", "kms:Decrypt"])
    error_message = "A reader can do more than read."
  }
}

run "a_writer_changes_no_delivery_and_no_witness" {
  assert {
    condition = alltrue([
      for s in jsondecode(aws_iam_role_policy.role["writer"].policy).Statement :
      !(contains(flatten([s.Action]), "s3:PutObject") || contains(flatten([s.Action]), "s3:DeleteObject")) || !strcontains(s.Resource, "landing") && !strcontains(s.Resource, "audit") && !strcontains(s.Resource, "logs")
    ])
    error_message = "A writer can change deliveries or logs."
  }
}

run "an_operator_brings_back_and_deletes_nothing" {
  assert {
    condition     = !contains(flatten([for s in jsondecode(aws_iam_role_policy.role["operator"].policy).Statement : s.Action]), "s3:DeleteObject")
    error_message = "An operator can delete."
  }

  assert {
    condition     = contains(flatten([for s in jsondecode(aws_iam_role_policy.role["operator"].policy).Statement : s.Action if s.Resource == "arn:aws:s3:::acme-prod-gold/*"]), "s3:GetObjectVersion")
    error_message = "An operator cannot see what was overwritten."
  }
}

run "an_auditor_sees_no_row" {
  assert {
    condition = alltrue([
      for s in jsondecode(aws_iam_role_policy.role["auditor"].policy).Statement :
      !contains(flatten([s.Action]), "s3:GetObject") || contains(["arn:aws:s3:::acme-prod-audit/*", "arn:aws:s3:::acme-prod-logs/*", "arn:aws:s3:::acme-prod-ops/*"], s.Resource)
    ])
    error_message = "An auditor can read rows of tables."
  }
}

run "a_key_serves_a_role_only_through_s3" {
  assert {
    condition = alltrue(flatten([
      for policy in aws_iam_role_policy.role : [
        for s in jsondecode(policy.policy).Statement : s.Condition.StringEquals["kms:ViaService"] == "s3.eu-west-1.amazonaws.com" if endswith(s.Sid, "Key")
      ]
    ]))
    error_message = "A key can be used by itself."
  }
}

run "a_role_that_nobody_may_assume_is_not_made" {
  assert {
    condition     = !contains(keys(aws_iam_role.role), "sender") && length(aws_iam_role.role) == 4
    error_message = "A role without anybody was made."
  }

  assert {
    condition     = jsondecode(aws_iam_role.role["writer"].assume_role_policy).Statement[0].Principal.Service == "ecs-tasks.amazonaws.com"
    error_message = "The services that run Dagster cannot be a writer."
  }
}

run "a_whole_account_is_trusted_with_nothing" {
  command = plan

  variables {
    trusted = { reader = ["arn:aws:iam::111122223333:root"] }
  }

  expect_failures = [var.trusted]
}

run "a_right_that_is_none_is_refused" {
  command = plan

  variables {
    access = { reader = { gold = "admin" } }
  }

  expect_failures = [var.access]
}

run "a_workflow_is_an_operator_by_its_environment_and_audience_alone" {
  assert {
    condition = [for s in jsondecode(aws_iam_role.role["operator"].assume_role_policy).Statement : s if s.Action == "sts:AssumeRoleWithWebIdentity"] == [{
      Action    = "sts:AssumeRoleWithWebIdentity"
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:acme/lakehouse:environment:production"
        }
      }
    }]
    error_message = "Runs of other workflows could be an operator."
  }

  assert {
    condition = alltrue(flatten([
      for role, made in aws_iam_role.role : [for s in jsondecode(made.assume_role_policy).Statement : s.Action == "sts:AssumeRole" || role == "operator"]
    ]))
    error_message = "A workflow was given a role that it was not named for."
  }
}

run "a_workflow_of_any_repository_or_branch_is_refused" {
  command = plan

  variables {
    workflows = { operator = "repo:acme/*" }
  }

  expect_failures = [var.workflows]
}

run "a_workflow_reads_no_gold_and_no_witness" {
  command = plan

  variables {
    workflows = { auditor = "repo:acme/lakehouse:environment:production" }
  }

  expect_failures = [var.workflows]
}
