resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket = aws_s3_bucket.b.id
 policy = jsonencode({Version="2012-10-17",Statement=[{Effect="Allow",Principal="*",Action="s3:GetObject",Resource="${aws_s3_bucket.b.arn}/*"}]})
}
resource "aws_s3_bucket" "c" { bucket="c-example" }
resource "aws_s3_bucket_public_access_block" "x" {
 bucket = aws_s3_bucket.c.id
 restrict_public_buckets=true
}