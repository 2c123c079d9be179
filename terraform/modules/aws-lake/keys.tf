# A key for each area: whoever may use gold's reads no quarantine, whatever else went wrong.

resource "aws_kms_key" "area" {
  for_each = local.kept

  description             = "lakehouse ${var.prefix} ${each.key}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = merge(var.tags, { lakehouse_layer = each.key })

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "TheAccountDecidesByItsRoles"
        Effect    = "Allow"
        Principal = { AWS = local.root }
        Action    = "kms:*"
        Resource  = "*"
      }],
      each.key == "audit" ? local.audit_key_statements : []
    )
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "area" {
  for_each = local.kept

  name          = "alias/${var.prefix}-${each.key}"
  target_key_id = aws_kms_key.area[each.key].key_id
}
