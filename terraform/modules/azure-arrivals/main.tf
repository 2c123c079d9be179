# Event Grid tells a queue of every file that was delivered whole; what it could not deliver lies in a container.

resource "azurerm_storage_queue" "arrivals" {
  name               = "arrivals"
  storage_account_id = var.account_id
}

resource "azurerm_eventgrid_system_topic" "lake" {
  name                = "${var.prefix}-lake"
  resource_group_name = var.resource_group
  location            = var.location
  source_resource_id  = var.account_id
  topic_type          = "Microsoft.Storage.StorageAccounts"
  tags                = var.tags

  identity {
    type = "SystemAssigned"
  }
}

# The topic's own identity, and no key of the account, puts messages in; it can neither read nor take any out.
resource "azurerm_role_assignment" "sends" {
  scope                = azurerm_storage_queue.arrivals.id
  role_definition_name = "Storage Queue Data Message Sender"
  principal_id         = azurerm_eventgrid_system_topic.lake.identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "leaves" {
  scope                = var.undelivered_container_id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_eventgrid_system_topic.lake.identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

# With a hierarchical namespace a file is created empty, then filled: only its last flush is an arrival.
resource "azurerm_eventgrid_system_topic_event_subscription" "arrived" {
  name                  = "arrived"
  resource_group_name   = var.resource_group
  system_topic          = azurerm_eventgrid_system_topic.lake.name
  event_delivery_schema = "EventGridSchema"
  included_event_types  = ["Microsoft.Storage.BlobCreated"]

  subject_filter {
    subject_begins_with = "/blobServices/default/containers/landing/"
  }

  advanced_filter {
    string_in {
      key    = "data.api"
      values = ["FlushWithClose", "PutBlob", "PutBlockList", "CopyBlob"]
    }
  }

  storage_queue_endpoint {
    storage_account_id                    = var.account_id
    queue_name                            = azurerm_storage_queue.arrivals.name
    queue_message_time_to_live_in_seconds = 7 * 86400
  }

  delivery_identity {
    type = "SystemAssigned"
  }

  dead_letter_identity {
    type = "SystemAssigned"
  }

  storage_blob_dead_letter_destination {
    storage_account_id          = var.account_id
    storage_blob_container_name = "undelivered"
  }

  retry_policy {
    event_time_to_live    = 1440
    max_delivery_attempts = 30
  }

  depends_on = [azurerm_role_assignment.sends, azurerm_role_assignment.leaves]
}

resource "azurerm_eventgrid_system_topic_event_subscription" "gone" {
  name                  = "gone"
  resource_group_name   = var.resource_group
  system_topic          = azurerm_eventgrid_system_topic.lake.name
  event_delivery_schema = "EventGridSchema"
  included_event_types  = ["Microsoft.Storage.BlobDeleted"]

  subject_filter {
    subject_begins_with = "/blobServices/default/containers/landing/"
  }

  storage_queue_endpoint {
    storage_account_id                    = var.account_id
    queue_name                            = azurerm_storage_queue.arrivals.name
    queue_message_time_to_live_in_seconds = 7 * 86400
  }

  delivery_identity {
    type = "SystemAssigned"
  }

  dead_letter_identity {
    type = "SystemAssigned"
  }

  storage_blob_dead_letter_destination {
    storage_account_id          = var.account_id
    storage_blob_container_name = "undelivered"
  }

  retry_policy {
    event_time_to_live    = 1440
    max_delivery_attempts = 30
  }

  depends_on = [azurerm_role_assignment.sends, azurerm_role_assignment.leaves]
}
