mock_provider "aws" {
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/workspace" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/acme-prod-databricks" }
  }
}

mock_provider "databricks" {
  mock_data "databricks_aws_bucket_policy" {
    defaults = { json = "{\"Statement\":[{\"Sid\":\"Grant Databricks Access\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::414351767826:root\"},\"Action\":[\"s3:GetObject\"],\"Resource\":[\"arn:aws:s3:::acme-prod-workspace/*\"]}]}" }
  }
  mock_data "databricks_aws_assume_role_policy" {
    defaults = { json = "{}" }
  }
  mock_data "databricks_aws_crossaccount_policy" {
    defaults = { json = "{}" }
  }
}

variables {
  prefix                = "acme-prod"
  account_id            = "111122223333"
  region                = "eu-west-1"
  databricks_account_id = "00000000-1111-2222-3333-444444444444"
  metastore_id          = "55555555-1111-2222-3333-444444444444"
  vpc_id                = "vpc-1"
  subnet_ids            = ["subnet-a", "subnet-b"]
  clusters_group_id     = "sg-1"
  writer_role_name      = "acme-prod-writer"
  writer_role_arn       = "arn:aws:iam::111122223333:role/acme-prod-writer"
  access_log_bucket     = "acme-prod-logs"
  audit_bucket          = "acme-prod-audit"
  audit_key_arn         = "arn:aws:kms:eu-west-1:111122223333:key/audit"
}

run "the_workspace_lies_in_our_network_under_our_key" {
  assert {
    condition     = databricks_mws_networks.this.vpc_id == "vpc-1" && databricks_mws_networks.this.security_group_ids == toset(["sg-1"])
    error_message = "Clusters would run in a network that is not ours."
  }

  assert {
    condition     = databricks_mws_customer_managed_keys.this.use_cases == tolist(["MANAGED_SERVICES", "STORAGE"]) && aws_kms_key.workspace.enable_key_rotation
    error_message = "Notebooks, secrets or storage are not under our key, or it is not rotated."
  }

  assert {
    condition     = databricks_mws_workspaces.this.storage_customer_managed_key_id == databricks_mws_customer_managed_keys.this.customer_managed_key_id && databricks_mws_workspaces.this.managed_services_customer_managed_key_id == databricks_mws_customer_managed_keys.this.customer_managed_key_id
    error_message = "The workspace does not use the key."
  }
}

run "databricks_may_pass_the_writer_alone_and_start_machines_here_alone" {
  assert {
    condition     = data.databricks_aws_crossaccount_policy.this.policy_type == "restricted" && data.databricks_aws_crossaccount_policy.this.pass_roles == tolist([var.writer_role_arn])
    error_message = "Databricks may pass any role, or start machines anywhere."
  }

  assert {
    condition     = data.databricks_aws_assume_role_policy.this.external_id == var.databricks_account_id
    error_message = "Any account at Databricks may use the role."
  }

  assert {
    condition = alltrue([
      for s in jsondecode(aws_kms_key.workspace.policy).Statement : s.Condition.StringEquals["aws:PrincipalTag/DatabricksAccountId"] == ["00000000-1111-2222-3333-444444444444"] if startswith(s.Sid, "TheControlPlane")
    ])
    error_message = "Any account at Databricks may use the key."
  }

  assert {
    condition = one([
      for s in jsondecode(aws_kms_key.workspace.policy).Statement : s.Action if try(s.Condition.Bool["kms:GrantIsForAWSResource"], "") == "true"
    ]) == ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
    error_message = "The root storage's key cannot be lent as Databricks asks, or to whomever."
  }
}

run "an_account_that_is_none_is_refused" {
  command = plan

  variables {
    databricks_account_id = "acme"
  }

  expect_failures = [var.databricks_account_id]
}
