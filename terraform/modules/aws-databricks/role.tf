# The role by which Databricks starts and ends machines here. Which rights that takes Databricks itself says, cut down to
# this network; the lake is none of its business.

data "databricks_aws_assume_role_policy" "this" {
  external_id = var.databricks_account_id
}

data "databricks_aws_crossaccount_policy" "this" {
  policy_type       = "restricted"
  pass_roles        = [var.writer_role_arn]
  aws_account_id    = var.account_id
  vpc_id            = var.vpc_id
  region            = var.region
  security_group_id = var.clusters_group_id
}

resource "aws_iam_role" "cross_account" {
  name               = "${var.prefix}-databricks"
  description        = "Databricks starts clusters in this account by it."
  assume_role_policy = data.databricks_aws_assume_role_policy.this.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "cross_account" {
  name   = "databricks"
  role   = aws_iam_role.cross_account.id
  policy = data.databricks_aws_crossaccount_policy.this.json
}
