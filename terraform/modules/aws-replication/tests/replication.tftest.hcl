mock_provider "aws" {
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:111122223333:key/there" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/acme-prod-replication" }
  }
}

mock_provider "aws" {
  alias = "there"

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:111122223333:key/there" }
  }
}

variables {
  prefix       = "acme-prod"
  account_id   = "111122223333"
  region       = "eu-west-1"
  region_there = "eu-central-1"
  buckets      = { bronze = "acme-prod-bronze", gold = "acme-prod-gold" }
  key_arns     = { bronze = "arn:aws:kms:eu-west-1:111122223333:key/bronze", gold = "arn:aws:kms:eu-west-1:111122223333:key/gold" }
  retention    = jsondecode(file("../../declaration.json")).areas
}

run "bronze_is_copied_encrypted_and_in_time" {
  assert {
    condition     = keys(aws_s3_bucket_replication_configuration.here) == ["bronze"]
    error_message = "Something else than bronze is copied."
  }

  assert {
    condition     = aws_s3_bucket_replication_configuration.here["bronze"].rule[0].destination[0].encryption_configuration[0].replica_kms_key_id == aws_kms_key.there.arn
    error_message = "A copy is not encrypted by the key of its region."
  }

  assert {
    condition     = aws_s3_bucket_replication_configuration.here["bronze"].rule[0].destination[0].metrics[0].status == "Enabled"
    error_message = "Nobody would see that copies stay behind."
  }
}

run "the_list_of_a_copy_arrives" {
  assert {
    condition = anytrue([
      for s in jsondecode(aws_kms_key.there.policy).Statement :
      s.Action == "kms:GenerateDataKey" && s.Condition.StringEquals["aws:SourceAccount"] == var.account_id if try(s.Principal.Service, "") == "s3.amazonaws.com"
    ])
    error_message = "S3 cannot encrypt the inventory of a copy, and none arrives."
  }
}

run "its_hands_reach_no_further" {
  assert {
    condition = alltrue(flatten([
      for s in jsondecode(aws_iam_role_policy.replication.policy).Statement : [for r in s.Resource : strcontains(r, "bronze") || strcontains(r, "key/there")]
    ]))
    error_message = "Replication reaches more than what it copies."
  }
}

run "a_copy_in_the_same_region_is_refused" {
  command = plan

  variables {
    region_there = "eu-west-1"
  }

  expect_failures = [var.region_there]
}
