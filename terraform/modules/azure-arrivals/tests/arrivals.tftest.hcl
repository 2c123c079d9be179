mock_provider "azurerm" {
  mock_resource "azurerm_storage_queue" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Storage/storageAccounts/x/queueServices/default/queues/arrivals" }
  }
}

variables {
  prefix                   = "acme-prod"
  resource_group           = "acme-prod"
  location                 = "westeurope"
  account_id               = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Storage/storageAccounts/acmeprodlake"
  account                  = "acmeprodlake"
  undelivered_container_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Storage/storageAccounts/acmeprodlake/blobServices/default/containers/undelivered"
}

run "only_whole_files_of_the_landing_zone_are_told" {
  assert {
    condition     = alltrue([for s in [azurerm_eventgrid_system_topic_event_subscription.arrived, azurerm_eventgrid_system_topic_event_subscription.gone] : s.subject_filter[0].subject_begins_with == "/blobServices/default/containers/landing/"])
    error_message = "Every table's file would be told."
  }

  assert {
    condition     = contains(azurerm_eventgrid_system_topic_event_subscription.arrived.advanced_filter[0].string_in[0].values, "FlushWithClose") && !contains(azurerm_eventgrid_system_topic_event_subscription.arrived.advanced_filter[0].string_in[0].values, "CreateFile")
    error_message = "A file would be told before it is whole."
  }

  assert {
    condition     = output.queue_url == "https://acmeprodlake.queue.core.windows.net/arrivals"
    error_message = "The sensors would look into another queue."
  }
}

run "messages_go_by_identity_and_none_is_lost" {
  assert {
    condition     = alltrue([for s in [azurerm_eventgrid_system_topic_event_subscription.arrived, azurerm_eventgrid_system_topic_event_subscription.gone] : s.delivery_identity[0].type == "SystemAssigned" && s.storage_blob_dead_letter_destination[0].storage_blob_container_name == "undelivered"])
    error_message = "Messages go by a key, or are lost where they cannot be delivered."
  }

  assert {
    condition     = azurerm_role_assignment.sends.role_definition_name == "Storage Queue Data Message Sender"
    error_message = "Event Grid may do more than put messages in."
  }
}
