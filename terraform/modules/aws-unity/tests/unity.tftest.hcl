mock_provider "aws" {}

mock_provider "databricks" {
  override_resource {
    target = databricks_storage_credential.lake
    values = { aws_iam_role = { external_id = "number-of-this-metastore" } }
  }
}

variables {
  prefix     = "acme-prod"
  account_id = "111122223333"
  region     = "eu-west-1"
  buckets    = { gold = "acme-prod-gold", landing = "acme-prod-landing" }
  key_arns   = { gold = "arn:aws:kms:eu-west-1:111122223333:key/gold", landing = "arn:aws:kms:eu-west-1:111122223333:key/landing" }
}

run "only_this_metastore_may_use_the_role" {
  assert {
    condition     = jsondecode(aws_iam_role.unity.assume_role_policy).Statement[0].Condition.StringEquals["sts:ExternalId"] == databricks_storage_credential.lake.aws_iam_role[0].external_id
    error_message = "Anybody's catalog may use the role."
  }

  assert {
    condition     = databricks_storage_credential.lake.isolation_mode == "ISOLATION_MODE_ISOLATED"
    error_message = "Every workspace of the metastore may use the credential."
  }
}

run "it_reaches_tables_and_nothing_else" {
  assert {
    condition = toset(flatten([for s in jsondecode(aws_iam_role_policy.unity.policy).Statement : s.Resource])) == toset([
      "arn:aws:s3:::acme-prod-gold", "arn:aws:s3:::acme-prod-gold/*", "arn:aws:kms:eu-west-1:111122223333:key/gold", "arn:aws:iam::111122223333:role/acme-prod-unity",
      "arn:aws:s3:::acme-prod-landing", "arn:aws:s3:::acme-prod-landing/*", "arn:aws:kms:eu-west-1:111122223333:key/landing",
    ])
    error_message = "Unity Catalog reaches more than the areas that hold tables, and deliveries."
  }

  assert {
    condition = toset(flatten([
      for s in jsondecode(aws_iam_role_policy.unity.policy).Statement : s.Action if anytrue([for r in flatten([s.Resource]) : strcontains(r, "landing")])
    ])) == toset(["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads", "s3:GetObject", "kms:Decrypt"])
    error_message = "Unity Catalog could change deliveries."
  }
}
