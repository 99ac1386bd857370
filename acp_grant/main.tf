resource "aws_s3_bucket" "b" { bucket = "b-example" }
resource "aws_s3_bucket_acl" "a" {
 bucket=aws_s3_bucket.b.id
 access_control_policy {
  grant { 
   grantee { 
     type="Group" 
     uri="http://acs.amazonaws.com/groups/global/AllUsers" 
   }
   permission="READ" 
  }
  owner { id="x" }
 }
}