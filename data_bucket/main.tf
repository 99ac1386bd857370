data "aws_s3_bucket" "b" { bucket="legacy" }
resource "aws_s3_bucket_policy" "p" {
 bucket=data.aws_s3_bucket.b.id
 policy=jsonencode({Statement=[{Effect="Allow",Principal="*",Action="s3:GetObject",Resource="${data.aws_s3_bucket.b.arn}/*"}]})
}