resource "aws_s3_bucket" "b" {
 for_each = toset(["x","y"])
 bucket = "ex-${each.key}"
}
resource "aws_s3_bucket_policy" "p" {
 for_each = aws_s3_bucket.b
 bucket = each.value.id
 policy = jsonencode({Statement=[{Effect="Allow",Principal="*",Action="s3:GetObject",Resource="${each.value.arn}/*"}]})
}