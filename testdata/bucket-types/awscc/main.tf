resource "awscc_s3_bucket" "b" {
  bucket_name    = "types-example"
  access_control = "PublicRead"
  ownership_controls = {
    rules = [{ object_ownership = "ObjectWriter" }]
  }
  public_access_block_configuration = {
    block_public_acls       = true
    block_public_policy     = true
    ignore_public_acls      = false
    restrict_public_buckets = false
  }
  versioning_configuration = {
    status = "Enabled"
  }
  bucket_encryption = {
    server_side_encryption_configuration = [{
      server_side_encryption_by_default = {
        sse_algorithm     = "aws:kms"
        kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/a"
      }
      bucket_key_enabled       = true
      blocked_encryption_types = { encryption_type = ["SSE-C"] }
    }]
  }
  logging_configuration = {
    destination_bucket_name = "logs-example"
    log_file_prefix         = "types/"
  }
  object_lock_enabled = true
  object_lock_configuration = {
    object_lock_enabled = "Enabled"
    rule                = { default_retention = { mode = "COMPLIANCE", days = 7 } }
  }
  lifecycle_configuration = {
    rules = [{
      id                                = "old"
      status                            = "Enabled"
      prefix                            = "tmp/"
      expiration_in_days                = 30
      noncurrent_version_expiration     = { noncurrent_days = 90 }
      abort_incomplete_multipart_upload = { days_after_initiation = 3 }
      transitions                       = [{ storage_class = "GLACIER", transition_in_days = 10 }]
    }]
  }
  replication_configuration = {
    role = "arn:aws:iam::111122223333:role/replication"
    rules = [{
      id     = "all"
      status = "Enabled"
      destination = {
        bucket                   = "arn:aws:s3:::types-copy"
        account                  = "444455556666"
        encryption_configuration = { replica_kms_key_id = "arn:aws:kms:eu-west-1:444455556666:key/b" }
      }
    }]
  }
  cors_configuration = {
    cors_rules = [{ allowed_methods = ["GET"], allowed_origins = ["https://example.com"], allowed_headers = ["*"] }]
  }
  website_configuration = {
    index_document = "index.html"
  }
  notification_configuration = {
    topic_configurations       = [{ event = "s3:ObjectCreated:*", topic = "arn:aws:sns:eu-west-1:111122223333:t" }]
    event_bridge_configuration = { event_bridge_enabled = true }
  }
  accelerate_configuration = {
    acceleration_status = "Enabled"
  }
  tags = [{ key = "team", value = "web" }]
}

resource "awscc_s3_bucket_policy" "b" {
  bucket = awscc_s3_bucket.b.id
  policy_document = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${awscc_s3_bucket.b.arn}/*" }]
  })
}
