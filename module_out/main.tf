module "m" { source="./m" }
resource "aws_s3_bucket_policy" "p" {
 bucket=module.m.id
 policy=jsonencode({Statement=[{Effect="Allow",Principal="*",Action="s3:GetObject",Resource="${module.m.arn}/*"}]})
}