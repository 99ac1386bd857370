resource "aws_s3_bucket" "b" {
 for_each = {x={public=true},y={public=false}}
 bucket = "ex-${each.key}"
}
resource "aws_s3_bucket_policy" "p" {
 for_each = {for k,v in {x={public=true},y={public=false}}: k=>v if v.public}
 bucket = aws_s3_bucket.b[each.key].id
 policy = jsonencode({Statement=[{Effect="Allow",Principal="*",Action="s3:GetObject",Resource="${aws_s3_bucket.b[each.key].arn}/*"}]})
}