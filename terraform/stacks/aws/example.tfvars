# Everything that must be said of a stack on AWS, with values of nobody. The rest has defaults: variables.tf.
# export TF_VAR_identity_secret=... TF_VAR_records_password=... beforehand.

name        = "acme"
environment = "production"
account_id  = "111122223333"
region      = "eu-west-1"
zones       = ["eu-west-1a", "eu-west-1b"]
cost_center = "42"

# A second copy of bronze. Leave it out to have none.
region_of_copies = "eu-central-1"

# Who may be what. Dagster's tasks and its jobs' machines are writers by themselves.
trusted = {
  reader   = ["arn:aws:iam::111122223333:role/analysts"]
  operator = ["arn:aws:iam::111122223333:role/oncall"]
  auditor  = ["arn:aws:iam::111122223333:role/audit"]
  sender   = ["arn:aws:iam::444455556666:role/till-export"]
}
groups = {
  reader   = "analysts"
  writer   = "lakehouse-platform"
  operator = "lakehouse-oncall"
  auditor  = "auditors"
}
told_by_mail = ["lakehouse-oncall@acme.example"]

# At Databricks: the account, the region's metastore, and the service principal that jobs run as.
databricks_account_id = "00000000-1111-2222-3333-444444444444"
metastore_id          = "55555555-6666-7777-8888-999999999999"
run_as                = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"

# Dagster: the code's version, and the way in.
code_version    = "0.1.0"
reached_from    = ["10.0.0.0/16"]
certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
identity = {
  issuer                 = "https://id.acme.example"
  authorization_endpoint = "https://id.acme.example/authorize"
  token_endpoint         = "https://id.acme.example/token"
  user_info_endpoint     = "https://id.acme.example/userinfo"
  client_id              = "lakehouse"
}
secrets = {
  DATABRICKS_CLIENT_ID     = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:lakehouse/databricks-id-a1B2c3"
  DATABRICKS_CLIENT_SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:lakehouse/databricks-secret-d4E5f6"
}
