locals { s = merge({Effect="Allow"}, {Principal="*",Action="s3:GetObject",Resource="*"}) }
resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket = aws_s3_bucket.b.id
 policy = jsonencode({Statement=[local.s]})
}
