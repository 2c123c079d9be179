"""The storage account and the Databricks workspace as an ARM template, made from what Terraform plans of them."""

from __future__ import annotations

import json
from typing import Any

from infra.core import TREE

FILE = TREE / "arm/lake-and-workspace.json"
PARAMETERS = {
    "account": "the storage account's name",
    "location": "the region",
    "identityId": "the identity by which the account uses its key",
    "vaultUri": "the vault's address, https://....vault.azure.net",
    "lakeKey": "the account's key in the vault",
    "databricksKey": "the workspace's key in the vault",
    "databricksKeyVersion": "its version",
    "workspace": "the workspace's name",
    "managedResourceGroupId": "the resource group that Databricks makes for itself",
    "networkId": "the network that clusters run in",
    "accessConnectorId": "how Unity Catalog reaches the lake",
}
# What checkov says against the template, and why it stays; JSON has no comments to say it in.
ACCEPTED = {
    "CKV_AZURE_206": "Three zones are the default; a copy in another region is a choice with a price.",
    "CKV_AZURE_43": "The name is a parameter, which Azure itself holds to its rules.",
    "CKV2_AZURE_48": "The root storage holds no table; notebooks, secrets and disks are under our key.",
}


def template(plan: dict[str, Any]) -> dict[str, Any]:
    """The template of what a plan of the Azure stack says of the account, its containers and tiers, the workspace."""
    made = {change["address"]: change["change"]["after"] for change in plan["resource_changes"]}
    account = made["module.lake.azurerm_storage_account.lake"]
    containers = sorted(
        after["name"] for address, after in made.items() if address.startswith("module.lake.azurerm_storage_container")
    )
    policy = made["module.lake.azurerm_storage_management_policy.lake"]
    workspace = made["module.workspace.azurerm_databricks_workspace.this"]
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "metadata": {"description": "Made by `make infra-docs` from the Terraform in terraform/stacks/azure."},
        "parameters": {name: {"type": "string", "metadata": {"description": d}} for name, d in PARAMETERS.items()},
        "resources": [
            _account(account),
            _blobs(account["blob_properties"][0]),
            *(_container(name) for name in containers),
            _policy(policy),
            _workspace(workspace),
        ],
    }


def text(plan: dict[str, Any]) -> str:
    """The template as it is committed."""
    return json.dumps(template(plan), indent=2) + "\n"


def _account(after: dict[str, Any]) -> dict[str, Any]:
    rules = after["network_rules"][0]
    return {
        "type": "Microsoft.Storage/storageAccounts",
        "apiVersion": "2023-05-01",
        "name": "[parameters('account')]",
        "location": "[parameters('location')]",
        "kind": after["account_kind"],
        "sku": {"name": f"{after['account_tier']}_{after['account_replication_type']}"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {"[parameters('identityId')]": {}}},
        "properties": {
            "accessTier": after["access_tier"],
            "isHnsEnabled": after["is_hns_enabled"],
            "minimumTlsVersion": after["min_tls_version"],
            "supportsHttpsTrafficOnly": after["https_traffic_only_enabled"],
            "allowBlobPublicAccess": after["allow_nested_items_to_be_public"],
            "allowSharedKeyAccess": after["shared_access_key_enabled"],
            "allowCrossTenantReplication": after["cross_tenant_replication_enabled"],
            "allowedCopyScope": after["allowed_copy_scope"],
            "defaultToOAuthAuthentication": after["default_to_oauth_authentication"],
            "isLocalUserEnabled": after["local_user_enabled"],
            "isSftpEnabled": after["sftp_enabled"],
            "sasPolicy": {
                "sasExpirationPeriod": after["sas_policy"][0]["expiration_period"],
                "expirationAction": after["sas_policy"][0]["expiration_action"],
            },
            "networkAcls": {"defaultAction": rules["default_action"], "bypass": ", ".join(sorted(rules["bypass"]))},
            "encryption": {
                "keySource": "Microsoft.Keyvault",
                "requireInfrastructureEncryption": after["infrastructure_encryption_enabled"],
                "identity": {"userAssignedIdentity": "[parameters('identityId')]"},
                "keyvaultproperties": {
                    "keyvaulturi": "[parameters('vaultUri')]",
                    "keyname": "[parameters('lakeKey')]",
                },
                "services": {
                    "blob": {"enabled": True},
                    "file": {"enabled": True},
                    "queue": {"enabled": True, "keyType": after["queue_encryption_key_type"]},
                    "table": {"enabled": True, "keyType": after["table_encryption_key_type"]},
                },
            },
        },
    }


def _blobs(after: dict[str, Any]) -> dict[str, Any]:
    kept = {"deleteRetentionPolicy": "delete_retention_policy"}
    kept["containerDeleteRetentionPolicy"] = "container_delete_retention_policy"
    return {
        "type": "Microsoft.Storage/storageAccounts/blobServices",
        "apiVersion": "2023-05-01",
        "name": "[concat(parameters('account'), '/default')]",
        "dependsOn": ["[resourceId('Microsoft.Storage/storageAccounts', parameters('account'))]"],
        "properties": {arm: {"enabled": True, "days": after[tf][0]["days"]} for arm, tf in kept.items()},
    }


def _container(name: str) -> dict[str, Any]:
    return {
        "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
        "apiVersion": "2023-05-01",
        "name": f"[concat(parameters('account'), '/default/{name}')]",
        "dependsOn": [
            "[resourceId('Microsoft.Storage/storageAccounts/blobServices', parameters('account'), 'default')]"
        ],
        "properties": {"publicAccess": "None"},
    }


def _policy(after: dict[str, Any]) -> dict[str, Any]:
    names = {
        "tierToCool": "tier_to_cool_after_days_since_modification_greater_than",
        "tierToCold": "tier_to_cold_after_days_since_modification_greater_than",
        "delete": "delete_after_days_since_modification_greater_than",
    }
    rules = []
    for rule in after["rule"]:
        base, filters = rule["actions"][0]["base_blob"][0], rule["filters"][0]
        days = {arm: base[tf] for arm, tf in names.items() if base.get(tf)}
        rules.append(
            {
                "name": rule["name"],
                "enabled": rule["enabled"],
                "type": "Lifecycle",
                "definition": {
                    "filters": {"blobTypes": sorted(filters["blob_types"]), "prefixMatch": filters["prefix_match"]},
                    "actions": {"baseBlob": {arm: {"daysAfterModificationGreaterThan": n} for arm, n in days.items()}},
                },
            }
        )
    return {
        "type": "Microsoft.Storage/storageAccounts/managementPolicies",
        "apiVersion": "2023-05-01",
        "name": "[concat(parameters('account'), '/default')]",
        "dependsOn": ["[resourceId('Microsoft.Storage/storageAccounts', parameters('account'))]"],
        "properties": {"policy": {"rules": rules}},
    }


def _workspace(after: dict[str, Any]) -> dict[str, Any]:
    custom, secure = after["custom_parameters"][0], after["enhanced_security_compliance"][0]
    key = {
        "keySource": "Microsoft.Keyvault",
        "keyVaultProperties": {
            "keyVaultUri": "[parameters('vaultUri')]",
            "keyName": "[parameters('databricksKey')]",
            "keyVersion": "[parameters('databricksKeyVersion')]",
        },
    }
    disks = {**key, "rotationToLatestKeyVersionEnabled": after["managed_disk_cmk_rotation_to_latest_version_enabled"]}
    switched = {True: "Enabled", False: "Disabled"}
    return {
        "type": "Microsoft.Databricks/workspaces",
        "apiVersion": "2024-05-01",
        "name": "[parameters('workspace')]",
        "location": "[parameters('location')]",
        "sku": {"name": after["sku"]},
        "properties": {
            "managedResourceGroupId": "[parameters('managedResourceGroupId')]",
            "publicNetworkAccess": switched[after["public_network_access_enabled"]],
            "requiredNsgRules": after["network_security_group_rules_required"],
            "defaultStorageFirewall": switched[after["default_storage_firewall_enabled"]],
            "accessConnector": {"id": "[parameters('accessConnectorId')]", "identityType": "SystemAssigned"},
            "encryption": {"entities": {"managedServices": key, "managedDisk": disks}},
            "enhancedSecurityCompliance": {
                "automaticClusterUpdate": {"value": switched[secure["automatic_cluster_update_enabled"]]},
                "enhancedSecurityMonitoring": {"value": switched[secure["enhanced_security_monitoring_enabled"]]},
            },
            "parameters": {
                "enableNoPublicIp": {"value": custom["no_public_ip"]},
                "requireInfrastructureEncryption": {"value": after["infrastructure_encryption_enabled"]},
                "prepareEncryption": {"value": after["customer_managed_key_enabled"]},
                "customVirtualNetworkId": {"value": "[parameters('networkId')]"},
                "customPublicSubnetName": {"value": custom["public_subnet_name"]},
                "customPrivateSubnetName": {"value": custom["private_subnet_name"]},
                "storageAccountSkuName": {"value": custom["storage_account_sku_name"]},
            },
        },
    }
