terraform {
  required_version = ">= 1.11, < 2.0"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.10"
    }
    databricks = {
      source  = "databricks/databricks"
      version = "~> 1.138"
    }
  }

  # terraform init -backend-config=storage_account_name=... -backend-config=container_name=... -backend-config=key=...
  backend "azurerm" {
    use_azuread_auth = true
  }
}

provider "azurerm" {
  subscription_id     = var.subscription_id
  tenant_id           = var.tenant_id
  storage_use_azuread = true

  features {
    key_vault {
      purge_soft_delete_on_destroy = false
    }
  }
}

# The account at Databricks, and the workspace that is made in it.
provider "databricks" {
  alias      = "account"
  host       = "https://accounts.azuredatabricks.net"
  account_id = var.databricks_account_id
}

provider "databricks" {
  host = module.workspace.workspace_url
}
