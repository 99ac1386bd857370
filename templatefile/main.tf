resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket = aws_s3_bucket.b.id
 policy = templatefile("${path.module}/p.tftpl",{b=aws_s3_bucket.b.arn,who="*"})
}
