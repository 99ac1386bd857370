# What a call of cloudposse/label/null gives, said in our own words from the documentation of its inputs
# (https://registry.terraform.io/modules/cloudposse/label/null/latest). Tags and descriptors are left out.

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

locals {
  given = {
    enabled             = var.enabled
    namespace           = var.namespace
    tenant              = var.tenant
    environment         = var.environment
    stage               = var.stage
    name                = var.name
    delimiter           = var.delimiter
    label_order         = var.label_order
    regex_replace_chars = var.regex_replace_chars
    id_length_limit     = var.id_length_limit
    label_value_case    = var.label_value_case
  }
  # What the call says wins; attributes add up.
  merged     = { for key, value in local.given : key => value == null ? try(var.context[key], null) : value }
  attributes = compact(distinct(concat(try(var.context.attributes, []), var.attributes)))

  enabled   = local.merged.enabled == null ? true : local.merged.enabled
  delimiter = local.merged.delimiter == null ? "-" : local.merged.delimiter
  order     = try(length(local.merged.label_order), 0) == 0 ? ["namespace", "environment", "stage", "name", "attributes"] : local.merged.label_order
  replaced  = local.merged.regex_replace_chars == null ? "/[^-a-zA-Z0-9]/" : local.merged.regex_replace_chars
  letters   = local.merged.label_value_case == null ? "lower" : local.merged.label_value_case

  plain = { for key in ["namespace", "tenant", "environment", "stage", "name"] :
    key => replace(local.merged[key] == null ? "" : local.merged[key], local.replaced, "")
  }
  cleaned = [for it in local.attributes : replace(it, local.replaced, "")]
  words = {
    for key, value in merge(local.plain, { attributes = join(local.delimiter, local.cleaned) }) : key => (
      local.letters == "none" ? value : local.letters == "title" ? title(lower(value)) : local.letters == "upper" ? upper(value) : lower(value)
    )
  }
  full  = join(local.delimiter, compact([for key in local.order : local.words[key]]))
  limit = local.merged.id_length_limit == null ? 0 : local.merged.id_length_limit
  # A name that is too long ends in a hash, which is not said here.
  fits = local.limit == 0 || length(local.full) <= local.limit
}

data "contract_unsaid" "shortened" {}

output "enabled" {
  value = local.enabled
}
output "id" {
  value = local.enabled ? (local.fits ? local.full : data.contract_unsaid.shortened.id) : ""
}
output "id_full" {
  value = local.enabled ? local.full : ""
}
output "namespace" {
  value = local.enabled ? local.words.namespace : ""
}
output "tenant" {
  value = local.enabled ? local.words.tenant : ""
}
output "environment" {
  value = local.enabled ? local.words.environment : ""
}
output "stage" {
  value = local.enabled ? local.words.stage : ""
}
output "name" {
  value = local.enabled ? local.words.name : ""
}
output "attributes" {
  value = local.enabled ? local.attributes : []
}
output "delimiter" {
  value = local.enabled ? local.delimiter : ""
}
output "tags" {
  value = merge(try(var.context.tags, {}), var.tags, data.contract_unsaid.shortened.tags)
}
output "context" {
  value = merge(var.context, local.merged, { enabled = local.enabled, attributes = local.attributes, tags = merge(try(var.context.tags, {}), var.tags) })
}
