# Dagster as three tasks of one image: the UI, the daemon, and the code. All without public addresses.

locals {
  cluster    = "${var.prefix}-dagster"
  namespace  = "${var.prefix}.internal"
  repository = "${var.account_id}.dkr.ecr.${var.region}.amazonaws.com/${var.prefix}"
  password   = "${aws_secretsmanager_secret.records.arn}:::${aws_secretsmanager_secret_version.records.version_id}" # a new one starts the tasks anew

  tasks = {
    webserver = {
      command = ["dagster-webserver", "--host", "0.0.0.0", "--port", "3000", "--workspace", "/app/deploy/workspace.yaml"]
      cpu     = var.sizes.webserver_cpu_milli
      memory  = var.sizes.webserver_memory_mib
      port    = 3000
    }
    daemon = {
      command = ["dagster-daemon", "run", "--workspace", "/app/deploy/workspace.yaml"]
      cpu     = var.sizes.daemon_cpu_milli
      memory  = var.sizes.daemon_memory_mib
      port    = null
    }
    code = {
      command = ["dagster", "code-server", "start", "--host", "0.0.0.0", "--port", "4000", "--module-name", "lakehouse_assets.definitions"]
      cpu     = var.sizes.code_cpu_milli
      memory  = var.sizes.code_memory_mib
      port    = 4000
    }
  }

  environment = merge(var.environment, {
    AWS_REGION           = var.region
    DAGSTER_HOME         = "/app/deploy"
    DAGSTER_S3_BUCKET    = var.compute_log_bucket
    DAGSTER_POSTGRES_URL = "postgresql+psycopg2://dagster@${aws_db_instance.records.address}:5432/dagster?sslmode=require"
    LAKEHOUSE_CODE_HOST  = "code.${local.namespace}"
  })
}

resource "aws_ecs_cluster" "this" {
  name = local.cluster
  tags = var.tags

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "task" {
  for_each = local.tasks

  family                   = "${var.prefix}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu * 1024 / 1000
  memory                   = each.value.memory
  execution_role_arn       = aws_iam_role.start.arn
  task_role_arn            = var.writer_role_arn
  tags                     = merge(var.tags, { lakehouse_task = each.key })

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "scratch"
  }

  volume {
    name = "storage"
  }

  container_definitions = jsonencode([{
    name                   = each.key
    image                  = "${local.repository}:${var.image_tag}"
    command                = each.value.command
    essential              = true
    stopTimeout            = 120
    readonlyRootFilesystem = true
    user                   = "10001:10001"
    portMappings           = each.value.port == null ? [] : [{ containerPort = each.value.port, protocol = "tcp" }]
    mountPoints = [
      { sourceVolume = "scratch", containerPath = "/tmp", readOnly = false },
      { sourceVolume = "storage", containerPath = "/app/deploy/storage", readOnly = false },
    ]
    environment = [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }]
    secrets = concat(
      [{ name = "PGPASSWORD", valueFrom = local.password }],
      [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
    )
    linuxParameters = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.tasks.name
        "awslogs-region"        = var.region
        "awslogs-stream-prefix" = each.key
      }
    }
  }])
}

resource "aws_ecs_service" "task" {
  for_each = local.tasks

  name                               = each.key
  cluster                            = aws_ecs_cluster.this.id
  task_definition                    = aws_ecs_task_definition.task[each.key].arn
  launch_type                        = "FARGATE"
  platform_version                   = "LATEST"
  desired_count                      = 1
  propagate_tags                     = "SERVICE"
  enable_execute_command             = false
  deployment_minimum_healthy_percent = each.key == "daemon" ? 0 : 100
  deployment_maximum_percent         = each.key == "daemon" ? 100 : 200
  tags                               = merge(var.tags, { lakehouse_task = each.key })

  # A new version that does not come up is taken back by itself. There is never a second daemon beside the first.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.task[each.key].id]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = each.key == "webserver" ? [1] : []

    content {
      target_group_arn = aws_lb_target_group.webserver.arn
      container_name   = "webserver"
      container_port   = 3000
    }
  }

  dynamic "service_registries" {
    for_each = each.key == "code" ? [1] : []

    content {
      registry_arn = aws_service_discovery_service.code.arn
    }
  }

  depends_on = [aws_lb_listener.https]
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  name = local.namespace
  vpc  = var.vpc_id
  tags = var.tags
}

resource "aws_service_discovery_service" "code" {
  name = "code"
  tags = var.tags

  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.this.id

    dns_records {
      ttl  = 10
      type = "A"
    }
  }
}

resource "aws_cloudwatch_log_group" "tasks" {
  name              = "/lakehouse/${var.prefix}/dagster"
  kms_key_id        = var.log_key_arn
  retention_in_days = 365
  tags              = var.tags
}
