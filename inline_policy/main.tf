resource "aws_s3_bucket" "b" {
 bucket="b-example"
 policy=jsonencode({Statement=[{Effect="Allow",Principal="*",Action="s3:*",Resource="arn:aws:s3:::b-example/*"}]})
}