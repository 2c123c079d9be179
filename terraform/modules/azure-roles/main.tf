# Rights from the same matrix as on AWS: a level is a role of Azure's, or one of ours where Azure has none so narrow.

locals {
  levels = {
    deliver = azurerm_role_definition.deliver.role_definition_resource_id
    restore = azurerm_role_definition.restore.role_definition_resource_id
    read    = "${var.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1" # Storage Blob Data Reader
    write   = "${var.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe" # Storage Blob Data Contributor
  }

  # Whoever is named, and the identity of the workflow that has the role.
  principals = merge(var.principals, {
    for role in keys(var.workflows) : role => merge(
      lookup(var.principals, role, {}), { workflow = azurerm_user_assigned_identity.workflow[role].principal_id }
    )
  })

  rights = merge([
    for role, rights in var.access : merge([
      for area, level in rights : {
        for who, id in lookup(local.principals, role, {}) : "${role} ${area} ${who}" => { area = area, level = level, id = id }
      } if contains(keys(local.levels), level) && contains(keys(var.container_ids), area)
    ]...)
  ]...)

  # Beside the lake: who takes arrivals, who sees how all is set, who reads what bears witness.
  beside = merge(
    { for who, id in lookup(local.principals, "writer", {}) : "writer queue ${who}" => { scope = var.queue_id, role = "Storage Queue Data Message Processor", id = id } },
    { for who, id in lookup(local.principals, "operator", {}) : "operator undelivered ${who}" => { scope = var.container_ids["undelivered"], role = "Storage Blob Data Reader", id = id } },
    { for who, id in lookup(local.principals, "auditor", {}) : "auditor settings ${who}" => { scope = var.resource_group_id, role = "Reader", id = id } },
    { for who, id in lookup(local.principals, "auditor", {}) : "auditor logs ${who}" => { scope = var.log_workspace_id, role = "Log Analytics Reader", id = id } },
  )
}

resource "azurerm_role_definition" "deliver" {
  name        = "${var.prefix} deliver"
  scope       = var.resource_group_id
  description = "Puts blobs, and can neither read nor delete any."

  permissions {
    data_actions = [
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
    ]
  }
}

resource "azurerm_role_definition" "restore" {
  name        = "${var.prefix} restore"
  scope       = var.resource_group_id
  description = "Reads blobs and brings deleted ones back, and can delete none."

  permissions {
    actions = ["Microsoft.Storage/storageAccounts/blobServices/containers/read"]
    data_actions = [
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
      "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
    ]
  }
}

resource "azurerm_role_assignment" "lake" {
  for_each = local.rights

  scope              = var.container_ids[each.value.area]
  role_definition_id = local.levels[each.value.level]
  principal_id       = each.value.id
  description        = each.key
}

resource "azurerm_role_assignment" "beside" {
  for_each = local.beside

  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = each.value.id
  description          = each.key
}

resource "azurerm_user_assigned_identity" "workflow" {
  for_each = var.workflows

  name                = "${var.prefix}-workflow-${each.key}"
  resource_group_name = var.resource_group
  location            = var.location
  tags                = var.tags
}

# A workflow's run: of one repository and one of its environments, with a token that was meant for Azure.
resource "azurerm_federated_identity_credential" "workflow" {
  for_each = var.workflows

  name                      = "github"
  user_assigned_identity_id = azurerm_user_assigned_identity.workflow[each.key].id
  issuer                    = "https://token.actions.githubusercontent.com"
  audience                  = ["api://AzureADTokenExchange"]
  subject                   = each.value
}
