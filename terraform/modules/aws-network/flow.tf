# Who spoke to whom, kept for a year.

resource "aws_flow_log" "this" {
  vpc_id          = aws_vpc.this.id
  traffic_type    = "ALL"
  iam_role_arn    = aws_iam_role.flow.arn
  log_destination = aws_cloudwatch_log_group.flow.arn
  tags            = var.tags
}

resource "aws_cloudwatch_log_group" "flow" {
  name              = "/lakehouse/${var.prefix}/flow"
  kms_key_id        = var.log_key_arn
  retention_in_days = 365
  tags              = var.tags
}

resource "aws_iam_role" "flow" {
  name = "${var.prefix}-flow"
  tags = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "flow" {
  name = "lakehouse"
  role = aws_iam_role.flow.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "WritesFlows"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
      Resource = "arn:aws:logs:${var.region}:${var.account_id}:log-group:/lakehouse/${var.prefix}/flow:*"
    }]
  })
}
