mock_provider "azurerm" {
  mock_resource "azurerm_databricks_workspace" {
    defaults = { id = "/workspaces/x", workspace_id = "1234567890", workspace_url = "adb-1.azuredatabricks.net", managed_disk_identity = [{ principal_id = "00000000-0000-0000-0000-0000000000d1", tenant_id = "t", type = "SystemAssigned" }] }
  }
  mock_resource "azurerm_key_vault_key" {
    defaults = { id = "https://acmeproductionkv.vault.azure.net/keys/some/1" }
  }
  mock_resource "azurerm_container_app_environment" {
    defaults = { default_domain = "x.westeurope.azurecontainerapps.io", static_ip_address = "10.41.32.10" }
  }
  mock_resource "azurerm_user_assigned_identity" {
    defaults = { principal_id = "00000000-0000-0000-0000-0000000000ff" }
  }
}

mock_provider "databricks" {}

mock_provider "databricks" {
  alias = "account"
}

# The values are the example's, which `make infra-test` passes.
variables {
  records_password = "of-a-test"
}

run "the_parts_fit_together" {
  assert {
    condition     = output.root == "abfss://ops@acmeproductionlake.dfs.core.windows.net" && output.layers == "abfss://{layer}@acmeproductionlake.dfs.core.windows.net" && output.landing == "abfss://landing@acmeproductionlake.dfs.core.windows.net" && output.catalog == "acme_production" && output.volume == "/Volumes/acme_production/ops/lakehouse" && output.queue == "https://acmeproductionlake.queue.core.windows.net/arrivals"
    error_message = "Python would look elsewhere than Terraform makes it."
  }

  assert {
    condition = alltrue([
      for name in ["LAKEHOUSE_ENVIRONMENT", "LAKEHOUSE_ROOT", "LAKEHOUSE_LAYERS", "LAKEHOUSE_LANDING", "LAKEHOUSE_QUEUE", "LAKEHOUSE_CATALOG", "LAKEHOUSE_ENGINE", "LAKEHOUSE_DATABRICKS_VOLUME", "DAGSTER_POSTGRES_URL", "DAGSTER_AZURE_ACCOUNT", "DAGSTER_AZURE_CONTAINER"] :
      contains(keys(module.dagster.environment), name)
    ])
    error_message = "Dagster is not told where things lie."
  }

  assert {
    condition     = lookup(module.dagster.environment, "LAKEHOUSE_ENVIRONMENT", "") == "production" && lookup(module.compute.environment, "LAKEHOUSE_ENVIRONMENT", "") == "production"
    error_message = "Production's lake would be claimed by a release, and then written by no task and no job."
  }

  assert {
    condition     = lookup(module.dagster.environment, "LAKEHOUSE_DATABRICKS_ENVIRONMENT", "") == jsonencode(var.job_environment) && length(var.job_environment) > 0 && lookup(module.dagster.environment, "LAKEHOUSE_DATABRICKS_NODE_TYPE", "") == local.node_types[0]
    error_message = "A job that Dagster submits would not reach the lake, or ask for machines that its policy refuses."
  }

  assert {
    condition     = module.roles.rights["writer bronze dagster"].level == "write" && module.roles.rights["sender landing till-export"].level == "deliver"
    error_message = "Dagster cannot write the lake, or senders cannot deliver."
  }

  assert {
    condition     = module.lake.forgets_after_days == 7
    error_message = "Deleted rows about people can be brought back longer than their class says."
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
    condition     = keys(output.workflows) == ["operator"]
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
  command   = plan
  state_key = "refused"

  variables {
    environment = "prod"
  }

  expect_failures = [var.environment]
}

run "a_subscription_that_is_none_is_refused" {
  command   = plan
  state_key = "refused"

  variables {
    subscription_id = "acme"
  }

  expect_failures = [var.subscription_id]
}
