# An online shop's storage: a data lake, a public web site, uploads of customers, and the logs of all three.

data "aws_caller_identity" "current" {}

locals {
  name = "${var.project}-${var.environment}"
}

# The data lake: closed on every side.
module "lake" {
  source      = "./modules/bucket"
  name        = "${local.name}-lake"
  log_bucket  = aws_s3_bucket.logs.id
  kms_key_arn = aws_kms_key.lake.arn
  policy      = data.aws_iam_policy_document.lake.json
}

resource "aws_kms_key" "lake" {
  description         = "Objects of the data lake"
  enable_key_rotation = true
}

data "aws_iam_policy_document" "lake" {
  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [module.lake.arn, "${module.lake.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "Analysts"
    actions   = ["s3:GetObject"]
    resources = ["${module.lake.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/analyst"]
    }
  }
}

# The web site. Somebody thought that the Referer header keeps strangers out.
resource "aws_s3_bucket" "site" {
  bucket = "${local.name}-site"
}

resource "aws_s3_bucket_public_access_block" "site" {
  bucket                  = aws_s3_bucket.site.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = false
  restrict_public_buckets = false
}

resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id
  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "SiteOnly",
          "Effect": "Allow",
          "Principal": "*",
          "Action": "s3:GetObject",
          "Resource": "${aws_s3_bucket.site.arn}/*",
          "Condition": {"StringLike": {"aws:Referer": "https://shop.example.com/*"}}
        }
      ]
    }
  POLICY
}

resource "aws_s3_bucket_versioning" "site" {
  bucket = aws_s3_bucket.site.id
  versioning_configuration {
    status = "Enabled"
  }
}

# Uploads of customers. The policy comes from whoever deploys: what it opens cannot be known here.
resource "aws_s3_bucket" "uploads" {
  bucket = "${local.name}-uploads"
}

resource "aws_s3_bucket_public_access_block" "uploads" {
  count  = var.environment == "production" ? 1 : 0
  bucket = aws_s3_bucket.uploads.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "uploads" {
  bucket = aws_s3_bucket.uploads.id
  policy = var.uploads_policy
}

# The logs. The ACL predates Block Public Access, which takes its effect away.
resource "aws_s3_bucket" "logs" {
  bucket = "${local.name}-logs"
}

resource "aws_s3_bucket_acl" "logs" {
  bucket = aws_s3_bucket.logs.id
  acl    = var.logs_acl
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id
  versioning_configuration {
    status = "Suspended"
  }
}
