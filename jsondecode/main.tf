locals { d=jsondecode(file("${path.module}/p.json")) }
resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket = aws_s3_bucket.b.id
 policy = jsonencode(local.d)
}
