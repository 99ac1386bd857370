module "m" { 
 for_each={a="private",b="public-read"}
 source="./m"
 acl=each.value
 n=each.key
}