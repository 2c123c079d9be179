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

      configuration_aliases = [databricks.account]
    }
  }
}
