resource "aws_s3_bucket" "b" { bucket = "b-example" }
output "id" { value=aws_s3_bucket.b.id }
output "arn" { value=aws_s3_bucket.b.arn }