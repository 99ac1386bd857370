variable "project" {
  type    = string
  default = "shop"
}

variable "environment" {
  type    = string
  default = "staging"
}

variable "logs_acl" {
  description = "Canned ACL of the log bucket"
  type        = string
  default     = "public-read"
}

variable "uploads_policy" {
  description = "Bucket policy of the uploads bucket, as JSON"
  type        = string
}
