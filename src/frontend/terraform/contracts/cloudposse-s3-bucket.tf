# What a call of cloudposse/s3-bucket/aws makes, said in our own words from the documentation of its inputs
# (https://registry.terraform.io/modules/cloudposse/s3-bucket/aws/latest). Only what concerns the model is here.

variable "enabled" {
  default = null
}
variable "namespace" {
  default = null
}
variable "tenant" {
  default = null
}
variable "environment" {
  default = null
}
variable "stage" {
  default = null
}
variable "name" {
  default = null
}
variable "delimiter" {
  default = null
}
variable "attributes" {
  default = []
}
variable "label_order" {
  default = null
}
variable "regex_replace_chars" {
  default = null
}
variable "id_length_limit" {
  default = null
}
variable "label_value_case" {
  default = null
}
variable "tags" {
  default = {}
}
variable "context" {
  default = {}
}
variable "bucket_name" {
  default = null
}
variable "force_destroy" {
  default  = false
  nullable = false
}
variable "acl" {
  default = "private"
}
variable "grants" {
  default  = []
  nullable = false
}
variable "s3_object_ownership" {
  default  = "ObjectWriter"
  nullable = false
}
variable "block_public_acls" {
  default  = true
  nullable = false
}
variable "block_public_policy" {
  default  = true
  nullable = false
}
variable "ignore_public_acls" {
  default  = true
  nullable = false
}
variable "restrict_public_buckets" {
  default  = true
  nullable = false
}
variable "versioning_enabled" {
  default  = true
  nullable = false
}
variable "logging" {
  default  = []
  nullable = false
}
variable "sse_algorithm" {
  default  = "AES256"
  nullable = false
}
variable "kms_master_key_arn" {
  default  = ""
  nullable = false
}
variable "bucket_key_enabled" {
  default  = false
  nullable = false
}
variable "blocked_encryption_types" {
  default = null
}
variable "allow_encrypted_uploads_only" {
  default  = false
  nullable = false
}
variable "allow_ssl_requests_only" {
  default  = false
  nullable = false
}
variable "minimum_tls_version" {
  default = null
}
variable "source_ip_allow_list" {
  default  = []
  nullable = false
}
variable "source_policy_documents" {
  default  = []
  nullable = false
}
variable "privileged_principal_arns" {
  default  = []
  nullable = false
}
variable "privileged_principal_actions" {
  default  = []
  nullable = false
}
variable "s3_replication_source_roles" {
  default  = []
  nullable = false
}
variable "s3_replication_enabled" {
  default  = false
  nullable = false
}
variable "s3_replication_rules" {
  default = null
}
variable "s3_replica_bucket_arn" {
  default = ""
}
variable "lifecycle_configuration_rules" {
  default  = []
  nullable = false
}
variable "lifecycle_rules" {
  default = null
}
variable "lifecycle_rule_ids" {
  default = []
}
variable "cors_configuration" {
  default = []
}
variable "website_configuration" {
  default = []
}
variable "website_redirect_all_requests_to" {
  default = []
}
variable "object_lock_configuration" {
  default = null
}
variable "transfer_acceleration_enabled" {
  default  = false
  nullable = false
}
variable "create_s3_directory_bucket" {
  default = false
}
variable "availability_zone_id" {
  default = ""
}

module "this" {
  source              = "cloudposse/label/null"
  enabled             = var.enabled
  namespace           = var.namespace
  tenant              = var.tenant
  environment         = var.environment
  stage               = var.stage
  name                = var.name
  delimiter           = var.delimiter
  attributes          = var.attributes
  label_order         = var.label_order
  regex_replace_chars = var.regex_replace_chars
  id_length_limit     = var.id_length_limit
  label_value_case    = var.label_value_case
  tags                = var.tags
  context             = var.context
}

locals {
  enabled = module.this.enabled
  name    = try(length(var.bucket_name), 0) > 0 ? var.bucket_name : module.this.id
  objects = "${aws_s3_bucket.default[0].arn}/*"
  grants = flatten([for grantee in var.grants : [for permission in grantee.permissions : {
    id = grantee.id, type = grantee.type, uri = grantee.uri, permission = permission
  }]])
  denies = {
    DenyIncorrectEncryptionHeader = {
      on        = var.allow_encrypted_uploads_only
      actions   = ["s3:PutObject"]
      bucket    = false
      condition = { test = "StringNotEquals", variable = "s3:x-amz-server-side-encryption", values = [var.sse_algorithm] }
    }
    DenyUnEncryptedObjectUploads = {
      on        = var.allow_encrypted_uploads_only
      actions   = ["s3:PutObject"]
      bucket    = false
      condition = { test = "Null", variable = "s3:x-amz-server-side-encryption", values = ["true"] }
    }
    ForceSSLOnlyAccess = {
      on        = var.allow_ssl_requests_only
      actions   = ["s3:*"]
      bucket    = true
      condition = { test = "Bool", variable = "aws:SecureTransport", values = ["false"] }
    }
    EnforceTLSVersion = {
      on        = var.minimum_tls_version != null
      actions   = ["s3:*"]
      bucket    = true
      condition = { test = "NumericLessThan", variable = "s3:TlsVersion", values = [var.minimum_tls_version] }
    }
    AllowIPPrincipals = {
      on        = length(var.source_ip_allow_list) > 0
      actions   = ["s3:*"]
      bucket    = true
      condition = { test = "NotIpAddress", variable = "aws:SourceIp", values = var.source_ip_allow_list }
    }
  }
  # Neither the lower bound of TLS nor the list of addresses alone brings about a policy.
  has_policy = anytrue([
    var.allow_ssl_requests_only,
    var.allow_encrypted_uploads_only,
    length(var.s3_replication_source_roles) > 0,
    length(var.privileged_principal_arns) > 0,
    length(var.source_policy_documents) > 0,
  ])
}

resource "aws_s3_bucket" "default" {
  count               = local.enabled ? 1 : 0
  bucket              = local.name
  force_destroy       = var.force_destroy
  object_lock_enabled = var.object_lock_configuration != null
  tags                = module.this.tags
}

resource "aws_s3_directory_bucket" "default" {
  count         = var.create_s3_directory_bucket ? 1 : 0
  bucket        = "${local.name}-${var.availability_zone_id}"
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_accelerate_configuration" "default" {
  count  = local.enabled && var.transfer_acceleration_enabled ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  status = "Enabled"
}

resource "aws_s3_bucket_public_access_block" "default" {
  count                   = local.enabled ? 1 : 0
  bucket                  = aws_s3_bucket.default[0].id
  block_public_acls       = var.block_public_acls
  block_public_policy     = var.block_public_policy
  ignore_public_acls      = var.ignore_public_acls
  restrict_public_buckets = var.restrict_public_buckets
}

resource "aws_s3_bucket_ownership_controls" "default" {
  count  = local.enabled ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  rule {
    object_ownership = var.s3_object_ownership
  }
}

resource "aws_s3_bucket_acl" "default" {
  count  = local.enabled && var.s3_object_ownership != "BucketOwnerEnforced" ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  acl    = length(local.grants) == 0 ? var.acl : null
  dynamic "access_control_policy" {
    for_each = length(local.grants) == 0 || try(length(var.acl), 0) > 0 ? [] : [true]
    content {
      dynamic "grant" {
        for_each = local.grants
        content {
          permission = grant.value.permission
          grantee {
            type = grant.value.type
            id   = grant.value.id
            uri  = grant.value.uri
          }
        }
      }
    }
  }
}

resource "aws_s3_bucket_versioning" "default" {
  count  = local.enabled ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  versioning_configuration {
    status = var.versioning_enabled ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_logging" "default" {
  count         = local.enabled && length(var.logging) > 0 ? 1 : 0
  bucket        = aws_s3_bucket.default[0].id
  target_bucket = var.logging[0].bucket_name
  target_prefix = var.logging[0].prefix
}

resource "aws_s3_bucket_server_side_encryption_configuration" "default" {
  count  = local.enabled ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  rule {
    bucket_key_enabled       = var.bucket_key_enabled
    blocked_encryption_types = var.blocked_encryption_types
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.sse_algorithm
      kms_master_key_id = var.kms_master_key_arn
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "default" {
  count               = local.enabled && var.object_lock_configuration != null ? 1 : 0
  bucket              = aws_s3_bucket.default[0].id
  object_lock_enabled = "Enabled"
  rule {
    default_retention {
      mode  = var.object_lock_configuration.mode
      days  = var.object_lock_configuration.days
      years = var.object_lock_configuration.years
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "default" {
  count  = local.enabled && try(length(var.cors_configuration), 0) > 0 ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  dynamic "cors_rule" {
    for_each = var.cors_configuration
    content {
      allowed_methods = try(cors_rule.value.allowed_methods, null)
      allowed_origins = try(cors_rule.value.allowed_origins, null)
      allowed_headers = try(cors_rule.value.allowed_headers, null)
      expose_headers  = try(cors_rule.value.expose_headers, null)
    }
  }
}

resource "aws_s3_bucket_website_configuration" "default" {
  count  = local.enabled && try(length(var.website_configuration), 0) > 0 ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  index_document {
    suffix = var.website_configuration[0].index_document
  }
}

resource "aws_s3_bucket_website_configuration" "redirect" {
  count  = local.enabled && try(length(var.website_redirect_all_requests_to), 0) > 0 ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  redirect_all_requests_to {
    host_name = var.website_redirect_all_requests_to[0].host_name
    protocol  = var.website_redirect_all_requests_to[0].protocol
  }
}

# Rules of the deprecated input in the shape of the present one: its switches say which of the numbers count.
locals {
  deprecated_rules = [for at, it in coalesce(var.lifecycle_rules, []) : {
    id                                     = try(var.lifecycle_rule_ids[at], "rule-${at + 1}")
    enabled                                = it.enabled
    filter_and                             = { prefix = it.prefix, tags = it.tags }
    abort_incomplete_multipart_upload_days = it.abort_incomplete_multipart_upload_days
    expiration                             = it.enable_current_object_expiration ? { days = it.expiration_days } : null
    noncurrent_version_expiration          = it.enable_noncurrent_version_expiration ? { noncurrent_days = it.noncurrent_version_expiration_days } : null
    transition = concat(
      it.enable_standard_ia_transition ? [{ storage_class = "STANDARD_IA", days = it.standard_transition_days }] : [],
      it.enable_glacier_transition ? [{ storage_class = "GLACIER", days = it.glacier_transition_days }] : [],
      it.enable_deeparchive_transition ? [{ storage_class = "DEEP_ARCHIVE", days = it.deeparchive_transition_days }] : [],
    )
    noncurrent_version_transition = concat(
      it.enable_glacier_transition ? [{ storage_class = "GLACIER", noncurrent_days = it.noncurrent_version_glacier_transition_days }] : [],
      it.enable_deeparchive_transition ? [{ storage_class = "DEEP_ARCHIVE", noncurrent_days = it.noncurrent_version_deeparchive_transition_days }] : [],
    )
  }]
  lifecycle_rules = concat(local.deprecated_rules, var.lifecycle_configuration_rules)
}

resource "aws_s3_bucket_lifecycle_configuration" "default" {
  count  = local.enabled && length(local.lifecycle_rules) > 0 ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  dynamic "rule" {
    for_each = local.lifecycle_rules
    content {
      id     = rule.value.id
      status = try(rule.value.enabled, true) ? "Enabled" : "Disabled"
      dynamic "filter" {
        for_each = [for it in [try(rule.value.filter_and, null)] : it if it != null]
        content {
          prefix                   = try(length(filter.value.prefix), 0) > 0 ? filter.value.prefix : null
          tag                      = try(length(filter.value.tags), 0) > 0 ? filter.value.tags : null
          object_size_greater_than = try(filter.value.object_size_greater_than, null)
          object_size_less_than    = try(filter.value.object_size_less_than, null)
        }
      }
      dynamic "abort_incomplete_multipart_upload" {
        for_each = [for it in [try(rule.value.abort_incomplete_multipart_upload_days, null)] : it if it != null]
        content {
          days_after_initiation = abort_incomplete_multipart_upload.value
        }
      }
      dynamic "expiration" {
        for_each = [for it in [try(rule.value.expiration, null)] : it if it != null]
        content {
          days                         = try(expiration.value.days, null)
          date                         = try(expiration.value.date, null)
          expired_object_delete_marker = try(expiration.value.expired_object_delete_marker, null)
        }
      }
      dynamic "noncurrent_version_expiration" {
        for_each = [for it in [try(rule.value.noncurrent_version_expiration, null)] : it if it != null]
        content {
          newer_noncurrent_versions = try(noncurrent_version_expiration.value.newer_noncurrent_versions, null)
          noncurrent_days           = try(noncurrent_version_expiration.value.noncurrent_days, null)
        }
      }
      dynamic "noncurrent_version_transition" {
        for_each = try([for it in rule.value.noncurrent_version_transition : it if try(it.newer_noncurrent_versions, null) != null || try(it.noncurrent_days, null) != null], [])
        content {
          noncurrent_days = try(noncurrent_version_transition.value.noncurrent_days, null)
          storage_class   = try(noncurrent_version_transition.value.storage_class, null)
        }
      }
      dynamic "transition" {
        for_each = try(rule.value.transition, [])
        content {
          days          = try(transition.value.days, null)
          storage_class = try(transition.value.storage_class, null)
        }
      }
    }
  }
}

resource "aws_s3_bucket_replication_configuration" "default" {
  count  = local.enabled && var.s3_replication_enabled ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  role   = aws_iam_role.replication[0].arn
  dynamic "rule" {
    for_each = var.s3_replication_rules == null ? [] : var.s3_replication_rules
    content {
      id     = try(rule.value.id, null)
      status = try(rule.value.status, "Enabled")
      destination {
        bucket  = coalesce(try(rule.value.destination.bucket, null), try(rule.value.destination_bucket, null), var.s3_replica_bucket_arn)
        account = try(coalesce(try(rule.value.destination.account, null), try(rule.value.destination.account_id, null)), null)
      }
    }
  }
}

resource "aws_iam_role" "replication" {
  count = local.enabled && var.s3_replication_enabled ? 1 : 0
}

data "aws_iam_policy_document" "own" {
  dynamic "statement" {
    for_each = { for sid, it in local.denies : sid => it if it.on }
    content {
      sid       = statement.key
      effect    = "Deny"
      actions   = statement.value.actions
      resources = statement.value.bucket ? [aws_s3_bucket.default[0].arn, local.objects] : [local.objects]
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
  dynamic "statement" {
    for_each = length(var.s3_replication_source_roles) > 0 ? [true] : []
    content {
      sid = "CrossAccountReplicationObjects"
      actions = [
        "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", "s3:GetObjectVersionTagging", "s3:ObjectOwnerOverrideToBucketOwner",
      ]
      resources = [local.objects]
      principals {
        type        = "AWS"
        identifiers = var.s3_replication_source_roles
      }
    }
  }
  dynamic "statement" {
    for_each = length(var.s3_replication_source_roles) > 0 ? [true] : []
    content {
      sid       = "CrossAccountReplicationBucket"
      actions   = ["s3:List*", "s3:GetBucketVersioning", "s3:PutBucketVersioning"]
      resources = [aws_s3_bucket.default[0].arn]
      principals {
        type        = "AWS"
        identifiers = var.s3_replication_source_roles
      }
    }
  }
  dynamic "statement" {
    for_each = var.privileged_principal_arns
    content {
      sid       = "AllowPrivilegedPrincipal[${statement.key}]"
      actions   = var.privileged_principal_actions
      resources = distinct(flatten([aws_s3_bucket.default[0].arn, formatlist("${aws_s3_bucket.default[0].arn}/%s*", values(statement.value)[0])]))
      principals {
        type        = "AWS"
        identifiers = [keys(statement.value)[0]]
      }
    }
  }
}

# The caller's documents override the module's own statements where their Sids are equal.
data "aws_iam_policy_document" "all" {
  source_policy_documents   = [data.aws_iam_policy_document.own.json]
  override_policy_documents = var.source_policy_documents
}

resource "aws_s3_bucket_policy" "default" {
  count  = local.enabled && local.has_policy ? 1 : 0
  bucket = aws_s3_bucket.default[0].id
  policy = data.aws_iam_policy_document.all.json
}

output "enabled" {
  value = local.enabled
}
output "bucket_id" {
  value = local.enabled ? aws_s3_bucket.default[0].id : ""
}
output "bucket_arn" {
  value = local.enabled ? aws_s3_bucket.default[0].arn : ""
}
output "bucket_domain_name" {
  value = local.enabled ? aws_s3_bucket.default[0].bucket_domain_name : ""
}
output "bucket_regional_domain_name" {
  value = local.enabled ? aws_s3_bucket.default[0].bucket_regional_domain_name : ""
}
output "bucket_region" {
  value = local.enabled ? aws_s3_bucket.default[0].region : ""
}
output "replication_role_arn" {
  value = local.enabled && var.s3_replication_enabled ? aws_iam_role.replication[0].arn : ""
}
