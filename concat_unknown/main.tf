variable "extra" {}
resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket = aws_s3_bucket.b.id
 policy = jsonencode({Statement=concat(var.extra,[{Effect="Deny",Principal="*",Action="s3:*",Resource="*"}])})
}
