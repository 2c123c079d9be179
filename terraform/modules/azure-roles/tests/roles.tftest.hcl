mock_provider "azurerm" {
  mock_resource "azurerm_user_assigned_identity" {
    defaults = { principal_id = "00000000-0000-0000-0000-0000000000ff" }
  }
}

variables {
  prefix            = "acme-prod"
  subscription_id   = "/subscriptions/00000000-0000-0000-0000-000000000000"
  resource_group_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/acme-prod"
  resource_group    = "acme-prod"
  location          = "westeurope"
  workflows         = { operator = "repo:acme/lakehouse:environment:production" }
  access            = jsondecode(file("../../declaration.json")).access
  principals = {
    reader   = { some = "00000000-0000-0000-0000-000000000001" }
    writer   = { some = "00000000-0000-0000-0000-000000000002" }
    operator = { some = "00000000-0000-0000-0000-000000000003" }
    auditor  = { some = "00000000-0000-0000-0000-000000000004" }
    sender   = { some = "00000000-0000-0000-0000-000000000005" }
  }
  container_ids    = { for area in ["landing", "bronze", "silver", "gold", "quarantine", "ops", "undelivered"] : area => "/containers/${area}" }
  queue_id         = "/queues/arrivals"
  log_workspace_id = "/workspaces/logs"
}

run "a_reader_reads_gold_and_nothing_else" {
  assert {
    condition     = join(" ", [for key, right in local.rights : "${right.area}:${right.level}" if startswith(key, "reader ")]) == "gold:read"
    error_message = "A reader reaches more than gold."
  }
}

run "an_auditor_has_no_right_on_rows" {
  assert {
    condition     = join(" ", [for key, right in local.rights : right.area if startswith(key, "auditor ")]) == "ops"
    error_message = "An auditor reaches rows of tables."
  }
}

run "only_the_platform_deletes_and_never_a_delivery" {
  assert {
    condition     = alltrue([for key, right in local.rights : startswith(key, "writer ") && right.area != "landing" if right.level == "write"])
    error_message = "Somebody can delete what is not his."
  }

  assert {
    condition = alltrue(flatten([
      for role in [azurerm_role_definition.deliver, azurerm_role_definition.restore] : [for action in role.permissions[0].data_actions : !endswith(action, "/delete") && !strcontains(action, "*")]
    ]))
    error_message = "A role of ours deletes, or has a wildcard."
  }

  assert {
    condition     = !contains(azurerm_role_definition.deliver.permissions[0].data_actions, "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read")
    error_message = "A sender can read what was delivered."
  }
}

run "every_right_is_on_a_container" {
  assert {
    condition     = alltrue([for right in azurerm_role_assignment.lake : startswith(right.scope, "/containers/")])
    error_message = "A right reaches the whole account."
  }
}

run "a_name_instead_of_an_id_is_refused" {
  command = plan

  variables {
    principals = { reader = { analysts = "analysts@acme.example" } }
  }

  expect_failures = [var.principals]
}

run "a_workflow_is_an_operator_by_its_environment_and_audience_alone" {
  assert {
    condition = [for c in azurerm_federated_identity_credential.workflow : [c.issuer, c.subject, join(" ", c.audience)]] == [
      ["https://token.actions.githubusercontent.com", "repo:acme/lakehouse:environment:production", "api://AzureADTokenExchange"]
    ]
    error_message = "Runs of other workflows could be an operator."
  }

  assert {
    condition     = toset([for right in azurerm_role_assignment.lake : right.description if right.principal_id == "00000000-0000-0000-0000-0000000000ff"]) == toset([for area, level in var.access.operator : "operator ${area} workflow" if contains(keys(var.container_ids), area)])
    error_message = "A workflow has other rights than those of its role."
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
