resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_access_point" "ap" {
 bucket=aws_s3_bucket.b.id
 name="ap"
 policy=jsonencode({Statement=[{Effect="Allow",Principal={AWS="*"},Action="s3:GetObject",Resource="*"}]})
 public_access_block_configuration {
 block_public_acls=false
 block_public_policy=false
 ignore_public_acls=false
 restrict_public_buckets=false
 }
}