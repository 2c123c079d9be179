# Everything that must be said of a stack on Azure, with values of nobody. The rest has defaults: variables.tf.
# export TF_VAR_records_password=... beforehand.

name            = "acme"
environment     = "production"
subscription_id = "00000000-0000-0000-0000-000000000000"
tenant_id       = "00000000-0000-0000-0000-00000000000a"
location        = "westeurope"
cost_center     = "42"

# Who may be what. Dagster's runs are writers by themselves.
principals = {
  reader   = { analysts = "00000000-0000-0000-0000-000000000001" }
  writer   = { databricks-jobs = "00000000-0000-0000-0000-000000000002" }
  operator = { oncall = "00000000-0000-0000-0000-000000000003" }
  auditor  = { audit = "00000000-0000-0000-0000-000000000004" }
  sender   = { till-export = "00000000-0000-0000-0000-000000000005" }
}
groups = {
  reader   = "analysts"
  writer   = "lakehouse-platform"
  operator = "lakehouse-oncall"
  auditor  = "auditors"
}
told_by_mail = ["lakehouse-oncall@acme.example"]

# At Databricks: the account, its application in this tenant, the region's metastore, and what jobs run as.
databricks_account_id            = "00000000-1111-2222-3333-444444444444"
databricks_application_object_id = "00000000-0000-0000-0000-00000000000b"
metastore_id                     = "55555555-6666-7777-8888-999999999999"
run_as                           = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
job_environment = {
  AZURE_TENANT_ID     = "00000000-0000-0000-0000-00000000000a"
  AZURE_CLIENT_ID     = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
  AZURE_CLIENT_SECRET = "{{secrets/lake/client_secret}}"
}

# Dagster: the code's version, and the way in.
code_version = "0.1.0"
identity = {
  client_id      = "00000000-0000-0000-0000-00000000000c"
  secret_id      = "https://acme-secrets.vault.azure.net/secrets/sign-in"
  allowed_groups = ["00000000-0000-0000-0000-00000000000d"]
}
secrets = {
  DATABRICKS_CLIENT_ID     = "https://acme-secrets.vault.azure.net/secrets/databricks-id"
  DATABRICKS_CLIENT_SECRET = "https://acme-secrets.vault.azure.net/secrets/databricks-secret"
}
secret_resource_ids = {
  sign-in           = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/acme-secrets/providers/Microsoft.KeyVault/vaults/acme-secrets/secrets/sign-in"
  databricks-id     = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/acme-secrets/providers/Microsoft.KeyVault/vaults/acme-secrets/secrets/databricks-id"
  databricks-secret = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/acme-secrets/providers/Microsoft.KeyVault/vaults/acme-secrets/secrets/databricks-secret"
}
