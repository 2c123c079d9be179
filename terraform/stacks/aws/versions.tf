terraform {
  required_version = ">= 1.11, < 2.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.69"
    }
    databricks = {
      source  = "databricks/databricks"
      version = "~> 1.138"
    }
  }

  # The state holds the identity provider's secret: it lies encrypted, in a bucket that is none of this stack's.
  # terraform init -backend-config=bucket=... -backend-config=key=... -backend-config=region=... -backend-config=kms_key_id=...
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias               = "there"
  region              = coalesce(var.region_of_copies, var.region)
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

# The account at Databricks, and the workspace that is made in it.
provider "databricks" {
  alias      = "account"
  host       = "https://accounts.cloud.databricks.com"
  account_id = var.databricks_account_id
}

provider "databricks" {
  host = module.workspace.workspace_url
}
