resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket = aws_s3_bucket.b.id
 policy = jsonencode({Statement=[{Effect="Allow",Principal="*",NotAction="s3:DeleteObject",Resource="arn:aws:s3:::b-example/*"}]})
}
