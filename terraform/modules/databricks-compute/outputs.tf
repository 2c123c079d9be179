output "jobs_policy_id" {
  description = "What LAKEHOUSE_DATABRICKS_POLICY_ID is."
  value       = databricks_cluster_policy.jobs.id
}

output "pooled_policy_id" {
  description = "The policy of jobs on machines of the pools, if there are any."
  value       = one(databricks_cluster_policy.pooled[*].id)
}

output "pool_ids" {
  description = "The pools, if any."
  value       = { for name, pool in databricks_instance_pool.nodes : name => pool.id }
}

output "warehouse_id" {
  description = "Where gold is asked."
  value       = databricks_sql_endpoint.gold.id
}

output "budget_policy_id" {
  description = "What LAKEHOUSE_DATABRICKS_BUDGET_POLICY_ID is, for serverless jobs."
  value       = databricks_budget_policy.serverless.policy_id
}

output "environment" {
  description = "What the job's machines are told."
  value       = databricks_job.table.job_cluster[0].new_cluster[0].spark_env_vars
}
