data "aws_iam_policy_document" "p" {
  statement {
    actions   = ["s3tables:*"]
    resources = [aws_s3tables_table_bucket.t.arn, "${aws_s3tables_table_bucket.t.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_s3tables_table_bucket" "t" {
  name = "tables-example"
  encryption_configuration = {
    sse_algorithm = "aws:kms"
    kms_key_arn   = "arn:aws:kms:eu-west-1:111122223333:key/abc"
  }
}
resource "aws_s3tables_table_bucket_policy" "t" {
  table_bucket_arn = aws_s3tables_table_bucket.t.arn
  resource_policy  = data.aws_iam_policy_document.p.json
}
resource "aws_s3vectors_vector_bucket" "v" {
  vector_bucket_name = "vectors-example"
  encryption_configuration {
    sse_type = "AES256"
  }
}
resource "aws_s3vectors_vector_bucket_policy" "v" {
  vector_bucket_arn = aws_s3vectors_vector_bucket.v.vector_bucket_arn
  policy            = jsonencode({ Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::444455556666:root" }, Action = "s3vectors:*", Resource = "*" }] })
}
resource "aws_s3control_bucket" "o" {
  bucket     = "outposts-example"
  outpost_id = "op-0123"
}
resource "aws_s3control_bucket_policy" "o" {
  bucket = aws_s3control_bucket.o.arn
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "s3-outposts:*", Resource = "*" }] })
}
resource "aws_s3_directory_bucket" "d" {
  bucket = "dir--use1-az4--x-s3"
  location {
    name = "use1-az4"
  }
}
resource "aws_s3_bucket_policy" "d" {
  bucket = aws_s3_directory_bucket.d.bucket
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "s3express:CreateSession", Resource = aws_s3_directory_bucket.d.arn }] })
}
resource "aws_s3tables_table_bucket" "quiet" {
  name = "quiet-example"
}
