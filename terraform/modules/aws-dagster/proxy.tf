# The way in: TLS, then the identity provider, then the UI. Dagster itself knows no users.

resource "aws_lb" "this" {
  #checkov:skip=CKV2_AWS_28:Reached from named private addresses alone, behind the identity provider; a firewall of rules adds cost before it adds safety.
  name                       = "${var.prefix}-dagster"
  internal                   = true
  load_balancer_type         = "application"
  subnets                    = var.subnet_ids
  security_groups            = [aws_security_group.proxy.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = true
  desync_mitigation_mode     = "strictest"
  tags                       = var.tags

  access_logs {
    bucket  = var.access_log_bucket
    prefix  = "balancer"
    enabled = true
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  tags              = var.tags

  default_action {
    type  = "authenticate-oidc"
    order = 1

    authenticate_oidc {
      issuer                     = var.identity.issuer
      authorization_endpoint     = var.identity.authorization_endpoint
      token_endpoint             = var.identity.token_endpoint
      user_info_endpoint         = var.identity.user_info_endpoint
      client_id                  = var.identity.client_id
      client_secret              = var.identity_secret
      on_unauthenticated_request = "authenticate"
      scope                      = "openid email"
      session_timeout            = 8 * 3600
    }
  }

  default_action {
    type             = "forward"
    order            = 2
    target_group_arn = aws_lb_target_group.webserver.arn
  }
}

resource "aws_lb_target_group" "webserver" {
  #checkov:skip=CKV_AWS_378:TLS ends at the proxy; from there to the task it is one hop in private subnets, open to the proxy alone.
  name        = "${var.prefix}-dagster"
  port        = 3000
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = var.vpc_id
  tags        = var.tags

  health_check {
    path                = "/server_info"
    matcher             = "200"
    interval            = 30
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}
