resource "aws_s3_bucket" "b" {
 count=2
 bucket="ex-${count.index}"
}
resource "aws_s3_bucket_acl" "a" {
 count=2
 bucket=aws_s3_bucket.b.*.id[count.index]
 acl=["private","public-read"][count.index]
}