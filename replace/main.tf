resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_policy" "p" {
 bucket = aws_s3_bucket.b.id
 policy = replace(file("${path.module}/p.txt"),"BUCKET",aws_s3_bucket.b.arn)
}
