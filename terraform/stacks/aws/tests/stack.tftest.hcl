mock_provider "aws" {
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/some" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/some" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/lakehouse/acme" }
  }
  mock_resource "aws_db_instance" {
    defaults = { address = "records.internal" }
  }
}

mock_provider "aws" {
  alias = "there"

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:111122223333:key/there" }
  }
}

mock_provider "databricks" {
  override_resource {
    target = module.unity.databricks_storage_credential.lake
    values = { aws_iam_role = { external_id = "number" } }
  }
}

mock_provider "databricks" {
  alias = "account"

  mock_data "databricks_aws_bucket_policy" {
    defaults = { json = "{\"Statement\":[]}" }
  }
  mock_data "databricks_aws_assume_role_policy" {
    defaults = { json = "{}" }
  }
  mock_data "databricks_aws_crossaccount_policy" {
    defaults = { json = "{}" }
  }
}

# The same values as the example's, which `make infra-test` passes.
variables {
  identity_secret  = "of-a-test"
  records_password = "of-a-test"
}

run "the_parts_fit_together" {
  assert {
    condition     = output.root == "s3://acme-production-ops" && output.layers == "s3://acme-production-{layer}" && output.landing == "s3://acme-production-landing" && output.catalog == "acme_production" && output.volume == "/Volumes/acme_production/ops/lakehouse"
    error_message = "Python would look elsewhere than Terraform makes it."
  }

  assert {
    condition     = toset(keys(output.roles)) == toset(["reader", "writer", "operator", "auditor", "sender"])
    error_message = "A role is missing."
  }

  assert {
    condition = alltrue([
      for name in ["LAKEHOUSE_ENVIRONMENT", "LAKEHOUSE_ROOT", "LAKEHOUSE_LAYERS", "LAKEHOUSE_LANDING", "LAKEHOUSE_QUEUE", "LAKEHOUSE_CATALOG", "LAKEHOUSE_ENGINE", "LAKEHOUSE_DATABRICKS_VOLUME", "DAGSTER_POSTGRES_URL", "DAGSTER_S3_BUCKET"] :
      contains(keys(module.dagster.environment), name)
    ])
    error_message = "Dagster is not told where things lie."
  }

  assert {
    condition     = lookup(module.dagster.environment, "LAKEHOUSE_ENVIRONMENT", "") == "production" && lookup(module.compute.environment, "LAKEHOUSE_ENVIRONMENT", "") == "production"
    error_message = "Production's lake would be claimed by a release, and then written by no task and no job."
  }

  assert {
    condition     = try(jsondecode(module.dagster.environment["LAKEHOUSE_DATABRICKS_ENVIRONMENT"]).AWS_REGION, "") == var.region && lookup(module.dagster.environment, "LAKEHOUSE_DATABRICKS_NODE_TYPE", "") == local.node_types[0]
    error_message = "A job that Dagster submits would not reach the lake, or ask for machines that its policy refuses."
  }
}

run "copies_are_a_choice" {
  state_key = "without"

  variables {
    region_of_copies = null
  }

  assert {
    condition     = length(module.copies) == 0
    error_message = "Copies are made unasked."
  }
}

run "a_name_too_long_for_what_is_called_by_it_is_refused" {
  command   = plan
  state_key = "refused"

  variables {
    name = "acme-and-daughters"
  }

  expect_failures = [var.name]
}

run "a_workflow_has_the_role_that_it_is_named_for" {
  state_key = "workflow"

  variables {
    workflows = { operator = "repo:acme/lakehouse:environment:production" }
  }

  assert {
    condition     = strcontains(module.roles.trust["operator"], "repo:acme/lakehouse:environment:production")
    error_message = "No release of GitHub's could be recorded on the lake."
  }
}

run "a_branchs_lake_is_nobodys" {
  state_key = "branch"

  variables {
    environment = "branch"
  }

  assert {
    condition     = !contains(keys(module.dagster.environment), "LAKEHOUSE_ENVIRONMENT") && !contains(keys(module.compute.environment), "LAKEHOUSE_ENVIRONMENT")
    error_message = "A branch's code would look for its lake below that of another."
  }
}

run "an_unclear_environment_is_refused" {
  command = plan

  variables {
    environment = "prod"
  }

  expect_failures = [var.environment]
}
