# What a call of terraform-aws-modules/s3-bucket/aws makes, said in our own words from the documentation of its inputs
# (https://registry.terraform.io/modules/terraform-aws-modules/s3-bucket/aws/latest). Only what concerns the model is here.
# `blocked` is the default of the four settings of Block Public Access: off up to version 3.8, on since 3.9.

variable "create_bucket" {
  default = true
}
variable "is_directory_bucket" {
  default = false
}
variable "bucket" {
  default = null
}
variable "bucket_prefix" {
  default = null
}
variable "force_destroy" {
  default = false
}
variable "tags" {
  default = {}
}
variable "acl" {
  default = null
}
variable "grant" {
  default = []
}
variable "owner" {
  default = {}
}
variable "control_object_ownership" {
  default = false
}
variable "object_ownership" {
  default = "BucketOwnerEnforced"
}
variable "attach_public_policy" {
  default = true
}
variable "block_public_acls" {
  default = null
}
variable "block_public_policy" {
  default = null
}
variable "ignore_public_acls" {
  default = null
}
variable "restrict_public_buckets" {
  default = null
}
variable "attach_policy" {
  default = false
}
variable "policy" {
  default = null
}
variable "attach_deny_insecure_transport_policy" {
  default = false
}
variable "attach_require_latest_tls_policy" {
  default = false
}
variable "attach_deny_unencrypted_object_uploads" {
  default = false
}
variable "attach_deny_incorrect_encryption_headers" {
  default = false
}
variable "attach_deny_incorrect_kms_key_sse" {
  default = false
}
variable "attach_deny_ssec_encrypted_object_uploads" {
  default = false
}
variable "attach_elb_log_delivery_policy" {
  default = false
}
variable "attach_lb_log_delivery_policy" {
  default = false
}
variable "attach_access_log_delivery_policy" {
  default = false
}
variable "attach_cloudtrail_log_delivery_policy" {
  default = false
}
variable "attach_waf_log_delivery_policy" {
  default = false
}
variable "attach_inventory_destination_policy" {
  default = false
}
variable "attach_analytics_destination_policy" {
  default = false
}
variable "versioning" {
  default = {}
}
variable "server_side_encryption_configuration" {
  default = {}
}
variable "logging" {
  default = {}
}
variable "object_lock_enabled" {
  default = false
}
variable "object_lock_configuration" {
  default = {}
}
variable "lifecycle_rule" {
  default = []
}
variable "cors_rule" {
  default = []
}
variable "website" {
  default = {}
}
variable "replication_configuration" {
  default = {}
}

locals {
  blocked = true
  general = var.create_bucket && !var.is_directory_bucket
  grants  = try(jsondecode(var.grant), var.grant)
  acl     = var.acl == "null" ? null : var.acl
  rules   = try(jsondecode(var.lifecycle_rule), var.lifecycle_rule)
  cors    = try(jsondecode(var.cors_rule), var.cors_rule)
  denies = {
    denyInsecureTransport = {
      on        = var.attach_deny_insecure_transport_policy
      actions   = ["s3:*"]
      condition = { test = "Bool", variable = "aws:SecureTransport", values = ["false"] }
    }
    denyOutdatedTLS = {
      on        = var.attach_require_latest_tls_policy
      actions   = ["s3:*"]
      condition = { test = "NumericLessThan", variable = "s3:TlsVersion", values = ["1.2"] }
    }
    denyUnencryptedObjectUploads = {
      on        = var.attach_deny_unencrypted_object_uploads
      actions   = ["s3:PutObject"]
      condition = { test = "Null", variable = "s3:x-amz-server-side-encryption", values = ["true"] }
    }
    denySSECEncryptedObjectUploads = {
      on        = var.attach_deny_ssec_encrypted_object_uploads
      actions   = ["s3:PutObject"]
      condition = { test = "Null", variable = "s3:x-amz-server-side-encryption-customer-algorithm", values = ["false"] }
    }
  }
  # Statements for services and about keys that the call does not spell out.
  unsaid = anytrue([
    var.attach_elb_log_delivery_policy,
    var.attach_lb_log_delivery_policy,
    var.attach_access_log_delivery_policy,
    var.attach_cloudtrail_log_delivery_policy,
    var.attach_waf_log_delivery_policy,
    var.attach_inventory_destination_policy,
    var.attach_analytics_destination_policy,
    var.attach_deny_incorrect_encryption_headers,
    var.attach_deny_incorrect_kms_key_sse,
  ])
  has_policy = anytrue(concat([var.attach_policy, local.unsaid], [for it in local.denies : it.on]))
}

resource "aws_s3_directory_bucket" "this" {
  count  = var.create_bucket && var.is_directory_bucket ? 1 : 0
  bucket = var.bucket
}

resource "aws_s3_bucket" "this" {
  count               = local.general ? 1 : 0
  bucket              = var.bucket
  bucket_prefix       = var.bucket_prefix
  force_destroy       = var.force_destroy
  object_lock_enabled = var.object_lock_enabled
  tags                = var.tags
}

resource "aws_s3_bucket_public_access_block" "this" {
  count                   = local.general && var.attach_public_policy ? 1 : 0
  bucket                  = aws_s3_bucket.this[0].id
  block_public_acls       = coalesce(var.block_public_acls, local.blocked)
  block_public_policy     = coalesce(var.block_public_policy, local.blocked)
  ignore_public_acls      = coalesce(var.ignore_public_acls, local.blocked)
  restrict_public_buckets = coalesce(var.restrict_public_buckets, local.blocked)
}

resource "aws_s3_bucket_ownership_controls" "this" {
  count  = local.general && var.control_object_ownership ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  rule {
    object_ownership = var.object_ownership
  }
}

resource "aws_s3_bucket_acl" "this" {
  count  = local.general && (local.acl != null || length(local.grants) > 0) ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  acl    = local.acl
  dynamic "access_control_policy" {
    for_each = length(local.grants) > 0 ? [true] : []
    content {
      dynamic "grant" {
        for_each = local.grants
        content {
          permission = grant.value.permission
          grantee {
            type          = grant.value.type
            id            = try(grant.value.id, null)
            uri           = try(grant.value.uri, null)
            email_address = try(grant.value.email, null)
          }
        }
      }
    }
  }
}

data "aws_iam_policy_document" "denies" {
  dynamic "statement" {
    for_each = { for sid, it in local.denies : sid => it if it.on }
    content {
      sid       = statement.key
      effect    = "Deny"
      actions   = statement.value.actions
      resources = [aws_s3_bucket.this[0].arn, "${aws_s3_bucket.this[0].arn}/*"]
      principals {
        type        = "*"
        identifiers = ["*"]
      }
      condition {
        test     = statement.value.condition.test
        variable = statement.value.condition.variable
        values   = statement.value.condition.values
      }
    }
  }
}

# A data source that nothing evaluates: the contract does not say which statements the module adds.
data "contract_unsaid" "statements" {}

data "aws_iam_policy_document" "policy" {
  source_policy_documents = compact([
    var.attach_policy ? var.policy : "",
    data.aws_iam_policy_document.denies.json,
    local.unsaid ? data.contract_unsaid.statements.json : "",
  ])
}

resource "aws_s3_bucket_policy" "this" {
  count  = local.general && local.has_policy ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  # The module lets a policy name its bucket before it exists.
  policy = replace(replace(replace(data.aws_iam_policy_document.policy.json,
    "_S3_BUCKET_ID_", aws_s3_bucket.this[0].id),
    "_S3_BUCKET_ARN_", aws_s3_bucket.this[0].arn),
  "_AWS_ACCOUNT_ID_", data.aws_caller_identity.current.account_id)
}

data "aws_caller_identity" "current" {}

resource "aws_s3_bucket_versioning" "this" {
  count  = local.general && length(keys(var.versioning)) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  versioning_configuration {
    status = try(
      var.versioning["enabled"] ? "Enabled" : "Suspended",
      tobool(var.versioning["status"]) ? "Enabled" : "Suspended",
      title(lower(var.versioning["status"])),
      "Enabled",
    )
    mfa_delete = try(
      tobool(var.versioning["mfa_delete"]) ? "Enabled" : "Disabled",
      title(lower(var.versioning["mfa_delete"])),
      null,
    )
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count  = local.general && length(keys(var.server_side_encryption_configuration)) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  dynamic "rule" {
    for_each = try(flatten([var.server_side_encryption_configuration["rule"]]), [])
    content {
      bucket_key_enabled       = try(rule.value.bucket_key_enabled, null)
      blocked_encryption_types = try(rule.value.blocked_encryption_types, null)
      dynamic "apply_server_side_encryption_by_default" {
        for_each = try([rule.value.apply_server_side_encryption_by_default], [])
        content {
          sse_algorithm     = apply_server_side_encryption_by_default.value.sse_algorithm
          kms_master_key_id = try(apply_server_side_encryption_by_default.value.kms_master_key_id, null)
        }
      }
    }
  }
}

resource "aws_s3_bucket_logging" "this" {
  count         = local.general && length(keys(var.logging)) > 0 ? 1 : 0
  bucket        = aws_s3_bucket.this[0].id
  target_bucket = var.logging["target_bucket"]
  target_prefix = try(var.logging["target_prefix"], null)
}

resource "aws_s3_bucket_object_lock_configuration" "this" {
  count  = local.general && var.object_lock_enabled && try(var.object_lock_configuration.rule.default_retention, null) != null ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  rule {
    default_retention {
      mode  = var.object_lock_configuration.rule.default_retention.mode
      days  = try(var.object_lock_configuration.rule.default_retention.days, null)
      years = try(var.object_lock_configuration.rule.default_retention.years, null)
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "this" {
  count  = local.general && length(local.cors) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  dynamic "cors_rule" {
    for_each = local.cors
    content {
      allowed_methods = cors_rule.value.allowed_methods
      allowed_origins = cors_rule.value.allowed_origins
      allowed_headers = try(cors_rule.value.allowed_headers, null)
      expose_headers  = try(cors_rule.value.expose_headers, null)
    }
  }
}

resource "aws_s3_bucket_website_configuration" "this" {
  count  = local.general && length(keys(var.website)) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  dynamic "index_document" {
    for_each = try([var.website["index_document"]], [])
    content {
      suffix = index_document.value
    }
  }
  dynamic "redirect_all_requests_to" {
    for_each = try([var.website["redirect_all_requests_to"]], [])
    content {
      host_name = redirect_all_requests_to.value.host_name
      protocol  = try(redirect_all_requests_to.value.protocol, null)
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  count  = local.general && length(local.rules) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  dynamic "rule" {
    for_each = local.rules
    content {
      id     = try(rule.value.id, null)
      status = try(rule.value.enabled ? "Enabled" : "Disabled", tobool(rule.value.status) ? "Enabled" : "Disabled", title(lower(rule.value.status)))
      dynamic "abort_incomplete_multipart_upload" {
        for_each = try([rule.value.abort_incomplete_multipart_upload_days], [])
        content {
          days_after_initiation = abort_incomplete_multipart_upload.value
        }
      }
      dynamic "transition" {
        for_each = try(flatten([rule.value.transition]), [])
        content {
          days          = try(transition.value.days, null)
          storage_class = transition.value.storage_class
        }
      }
      dynamic "expiration" {
        for_each = try(flatten([rule.value.expiration]), [])
        content {
          days                         = try(expiration.value.days, null)
          date                         = try(expiration.value.date, null)
          expired_object_delete_marker = try(expiration.value.expired_object_delete_marker, null)
        }
      }
      dynamic "noncurrent_version_expiration" {
        for_each = try(flatten([rule.value.noncurrent_version_expiration]), [])
        content {
          newer_noncurrent_versions = try(noncurrent_version_expiration.value.newer_noncurrent_versions, null)
          noncurrent_days           = try(noncurrent_version_expiration.value.days, noncurrent_version_expiration.value.noncurrent_days, null)
        }
      }
      dynamic "noncurrent_version_transition" {
        for_each = try(flatten([rule.value.noncurrent_version_transition]), [])
        content {
          noncurrent_days = try(noncurrent_version_transition.value.days, noncurrent_version_transition.value.noncurrent_days, null)
          storage_class   = noncurrent_version_transition.value.storage_class
        }
      }
      dynamic "filter" {
        for_each = try(flatten([rule.value.filter]), [])
        content {
          prefix                   = try(filter.value.prefix, null)
          tag                      = try(filter.value.tags, filter.value.tag, null)
          object_size_greater_than = try(filter.value.object_size_greater_than, null)
          object_size_less_than    = try(filter.value.object_size_less_than, null)
        }
      }
    }
  }
}

resource "aws_s3_bucket_replication_configuration" "this" {
  count  = local.general && length(keys(var.replication_configuration)) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  role   = var.replication_configuration["role"]
  dynamic "rule" {
    for_each = flatten(try([var.replication_configuration["rule"]], [var.replication_configuration["rules"]], []))
    content {
      id     = try(rule.value.id, null)
      status = try(tobool(rule.value.status) ? "Enabled" : "Disabled", title(lower(rule.value.status)), "Enabled")
      dynamic "destination" {
        for_each = try(flatten([rule.value.destination]), [])
        content {
          bucket  = destination.value.bucket
          account = try(destination.value.account_id, destination.value.account, null)
        }
      }
    }
  }
}

output "s3_bucket_id" {
  value = try(aws_s3_bucket.this[0].id, aws_s3_directory_bucket.this[0].bucket, "")
}
output "s3_bucket_arn" {
  value = try(aws_s3_bucket.this[0].arn, "")
}
output "s3_bucket_bucket_domain_name" {
  value = try(aws_s3_bucket.this[0].bucket_domain_name, "")
}
output "s3_bucket_policy" {
  value = try(aws_s3_bucket_policy.this[0].policy, "")
}
