resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket="b-example"
 policy=jsonencode({Statement=[{Effect="Allow",Principal="*",Action="s3:GetObject",Resource="arn:aws:s3:::b-example/*"}]})
}