//! Access points: what comes by one is asked of the bucket's policy too.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>

use serde_json::{Value as Json, json};

use super::world::{World, good, points, policy};

const RESOURCES: [&str; 2] = ["arn:aws:s3:::data", "arn:aws:s3:::data/*"];

/// A bucket without Block Public Access, and a snapshot of it with the access point closed and one with it open.
fn opened(name: &str, statements: &[Json]) -> World {
    let mut bucket = good();
    bucket.as_object_mut().unwrap().remove("public-access-block");
    bucket["bucket-policy"] = policy(statements.into());
    let world = World::new(name, bucket);
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "a.json"]).0, 0);
    world.change(|it| it["points"] = points(true));
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "b.json"]).0, 0);
    world
}

fn delegation() -> Json {
    json!({ "Sid": "Deleg", "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "s3:*", "Resource": RESOURCES,
        "Condition": { "StringEquals": { "s3:DataAccessPointAccount": "123456789012" } } })
}

/// Access points that nobody listed may be there: no side of a comparison, no plan and no report takes them for none.
#[test]
fn a_list_that_nobody_asked_for() {
    let mut bucket = good();
    bucket["bucket-policy"] = policy(json!([delegation()]));
    let world = World::new("unlisted", bucket);
    let mut given = points(false);
    let text = given["exports-ap"]["policy"].as_str().unwrap().replace("123456789012:role/app", "999988887777:root");
    given["exports-ap"]["policy"] = json!(text);
    world.change(|it| it["points"] = given.clone());
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "l.json"]).0, 0);
    let listed = world.json("l.json");
    let unknown = json!({ "state": "unknown", "code": "NotCollected", "message": "nobody asked for it" });
    let mut hidden = listed.clone();
    hidden["access_points"] = json!([]);
    hidden["buckets"]["data"]["features"]["access_points"] = unknown.clone();
    world.write("h.json", &hidden);
    world.expect(&["diff", "l.json", "l.json", "--fail-on", "any"], 0, "the same");
    for (a, b, change) in [("l.json", "h.json", "lost"), ("h.json", "l.json", "gained")] {
        let (code, text) = world.run(&["diff", a, b, "--fail-on", "any"]);
        assert!(
            text.contains("access_points cannot be compared") && !text.contains(&format!("{change} read for")),
            "{text}"
        );
        assert_eq!(code, 3, "{text}");
    }
    let (_, text) = world.run(&["restore", "--desired", "l.json", "--live", "h.json", "-o", "p"]);
    assert!(!text.contains("make it again") && text.contains("could not be listed"), "{text}");
    let text = world.report(&["--live", "h.json"]);
    assert!(text.contains("whom access points let in: the access points of the bucket could not be listed"), "{text}");
    assert!(!text.contains("nobody outside of the account has access [E1]"), "{text}");
    let mut unread = listed;
    unread["access_points"][0]["policy"] = json!({ "state": "unknown", "code": "AccessDenied", "message": "no" });
    world.write("u.json", &unread);
    let text = world.report(&["--live", "u.json"]);
    assert!(text.contains("whom access points let in: the policy of exports-ap: AccessDenied"), "{text}");
    assert!(!text.contains("nobody outside of the account has access [E1]"), "{text}");
}

/// A delegation to the account's own access points, which are known, leaves nobody in; one to those of others does.
#[test]
fn containment_and_a_delegation() {
    let kept = |name: &str, accounts: Json| {
        let mut bucket = good();
        let mut it = delegation();
        it["Condition"]["StringEquals"]["s3:DataAccessPointAccount"] = accounts;
        bucket["bucket-policy"] = policy(json!([it]));
        let world = World::new(name, bucket);
        world.change(|it| it["points"] = points(false));
        world.run(&["contain", "--bucket", "data", "-o", "c"]).1
    };
    let text = kept("deleg-own", json!("123456789012"));
    assert!(!text.contains("after all steps"), "{text}");
    let text = kept("deleg-both", json!(["123456789012", "999988887777"]));
    assert!(text.contains("still has"), "{text}");
}

/// What a statement leaves to the own account's access points these give: it is no gain of everybody's. Points of others are.
#[test]
fn a_delegation_gives_what_its_access_points_give() {
    let apart = |name: &str, account: &str, more: Option<Json>, hidden: bool| {
        let mut bucket = good();
        bucket.as_object_mut().unwrap().remove("public-access-block");
        let world = World::new(name, bucket);
        world.change(|it| it["points"] = more.clone().unwrap_or_else(|| json!({})));
        world.snap("a.json", |_| {});
        let mut it = delegation();
        it["Condition"]["StringEquals"]["s3:DataAccessPointAccount"] = json!(account);
        let mut after = world.snap("b.json", |state| {
            state["buckets"]["data"]["bucket-policy"] = policy(json!([it]));
        });
        if hidden {
            after["access_points"] = json!([]);
            after["buckets"]["data"]["features"]["access_points"] =
                json!({ "state": "unknown", "code": "AccessDenied", "message": "no" });
        }
        world.write("c.json", &after);
        world.run(&["diff", "a.json", "c.json"])
    };
    let (code, text) = apart("leaves-none", "123456789012", Some(points(false)), false);
    assert!(
        code == 0
            && !text.contains("gained read")
            && !text.contains("may gain")
            && text.contains("~ statement added: Deleg"),
        "{text}"
    );
    let (code, text) = apart("leaves-open", "123456789012", Some(points(true)), false);
    assert!(code == 1 && text.contains("gained read for anyone through access point exports-ap"), "{text}");
    assert!(!text.contains("through statement \"Deleg\""), "{text}");
    let (code, text) = apart("leaves-unknown", "123456789012", None, true);
    assert!(code == 3 && !text.contains("+ gained"), "{text}");
    assert!(text.contains("callers with s3:DataAccessPointAccount of the own account through statement"), "{text}");
    assert!(text.contains("lets nobody in by itself"), "{text}");
    let (code, text) = apart("leaves-others", "999988887777", None, false);
    assert!(code == 1 && text.contains("+ gained read for callers with s3:DataAccessPointAccount such as"), "{text}");
}

/// A Deny that leaves some callers does not close an access point: they gain what its policy gives to everyone.
#[test]
fn what_a_partial_deny_leaves_is_gained() {
    for (at, (condition, who)) in [
        (
            json!({ "StringNotEquals": { "aws:PrincipalAccount": ["123456789012", "999988887777"] } }),
            Some("999988887777"),
        ),
        (
            json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::999988887777:role/x" } }),
            Some("arn:aws:iam::999988887777:role/x"),
        ),
        (
            json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-abc1234567" } }),
            Some("callers with aws:PrincipalOrgID such as o-abc1234567"),
        ),
        (
            json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
            Some("callers with aws:SourceIp such as 203.0.113.0"),
        ),
        (
            json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-0123456789abcdef0" } }),
            Some("callers with aws:SourceVpce"),
        ),
        // Nobody outside is left.
        (json!({ "StringNotEquals": { "aws:PrincipalAccount": "123456789012" } }), None),
        (json!({ "StringEquals": { "s3:AccessPointNetworkOrigin": "Internet" } }), None),
        (json!({}), None),
    ]
    .into_iter()
    .enumerate()
    {
        let deny = json!({ "Sid": "D", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": RESOURCES,
            "Condition": condition });
        let world = opened(&format!("door-{at}"), &[delegation(), deny]);
        let (code, text) = world.run(&["diff", "a.json", "b.json"]);
        match who {
            Some(who) => {
                let told = format!("gained read for {who}");
                assert!(
                    code == 1 && text.contains(&told) && text.contains("through access point exports-ap"),
                    "{code} {text}"
                );
                assert!(!text.contains("gained read for anyone"), "{text}");
            }
            None => assert!(code == 0 && text.contains("0 with access gained"), "{condition} {code} {text}"),
        }
    }
}

/// What a quarantine leaves to AWS services is nobody's who comes from outside, and no new access of its own.
#[test]
fn after_a_quarantine_services_remain() {
    let public = json!({ "Sid": "Pub", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": RESOURCES[1] });
    let world = opened("door-quarantine", &[delegation(), public]);
    let except = "arn:aws:iam::123456789012:role/incident-response";
    let (code, text) =
        world.run(&["contain", "--bucket", "data", "--level", "quarantine", "--except", except, "-o", "contained"]);
    assert!(
        code == 0 && text.contains("read is still open to AWS services through access point exports-ap"),
        "{code} {text}"
    );
    let (code, text) = world.apply("contained");
    assert_eq!(code, 0, "{text}");
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "after.json"]).0, 0);
    let (_, text) = world.run(&["model", "after.json", "--account", "123456789012"]);
    let exposure = serde_json::from_str::<Json>(&text).unwrap()["buckets"][0]["exposure"].take();
    assert_eq!((exposure["public"].as_str(), exposure["cross_account"].as_str()), (Some("no"), Some("no")));
    let (_, text) = world.run(&["check", "after.json", "--account", "123456789012", "--format", "json"]);
    let report: Json = serde_json::from_str(&text).unwrap();
    let of = |rule: &str| report["findings"].as_array().unwrap().iter().find(|it| it["rule"] == rule).unwrap().clone();
    let found = of("bucket-policy-public-principal");
    assert!(
        found["message"].as_str().unwrap().ends_with("no stranger's request is allowed, only those of AWS services")
    );
    assert_eq!(
        (&found["severity"], &of("access-point-policy-public")["severity"]),
        (&json!("medium"), &json!("medium"))
    );
}

/// Examples are of the partition that the bucket is in.
#[test]
fn examples_of_another_partition() {
    let world = World::new("door-gov", good());
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "snap.json"]).0, 0);
    let saved = |name: &str, statements: Json| {
        let mut snap = world.json("snap.json");
        let bucket = &mut snap["buckets"]["data"];
        bucket["region"] = json!("us-gov-west-1");
        bucket["evidence"] = json!({});
        bucket["features"]["public_access_block"] = json!({ "state": "absent" });
        bucket["features"]["policy"] = json!({ "state": "set", "value": policy(statements) });
        snap["access_points"] = json!([]);
        std::fs::write(world.0.join(name), snap.to_string()).unwrap();
    };
    let statement = |sid: &str, who: Json| json!({ "Sid": sid, "Effect": "Allow", "Principal": who, "Action": "s3:GetObject", "Resource": "*" });
    let root = json!({ "AWS": "arn:aws-us-gov:iam::123456789012:root" });
    saved("a.json", json!([statement("Own", json!({ "AWS": "123456789012" }))]));
    saved(
        "b.json",
        json!([
            statement("Own", root),
            statement("Ext", json!({ "AWS": "999988887777" })),
            statement("All", json!("*"))
        ]),
    );
    let (code, text) = world.run(&["diff", "a.json", "b.json"]);
    assert!(code == 1 && text.contains("arn:aws-us-gov:iam::999988887777:user/example"), "{code} {text}");
    // An account id and its root are one, in every partition.
    assert!(text.contains("statement added: Ext") && !text.contains("Own"), "{text}");
    let (_, checked) = world.run(&["check", "b.json", "--account", "123456789012"]);
    let asked = ["explain-access", "b.json", "--principal", "999988887777", "--action", "s3:GetObject"];
    let (_, explained) = world.run(&asked);
    for text in [text, checked, explained] {
        assert!(text.contains("on arn:aws-us-gov:s3:::data/example") && !text.contains("arn:aws:"), "{text}");
    }
}

/// A bucket that lets in its own people only delegates to no access point: what one opens is no gain.
#[test]
fn nothing_comes_without_delegation() {
    let app = json!({ "Sid": "App", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:role/app" },
        "Action": "s3:GetObject", "Resource": RESOURCES[1] });
    let (code, text) = opened("door-shut", &[app]).run(&["diff", "a.json", "b.json"]);
    assert!(code == 0 && text.contains("0 with access gained"), "{code} {text}");
    let (code, text) = opened("door-open", &[delegation()]).run(&["diff", "a.json", "b.json"]);
    assert!(code == 1 && text.contains("gained read for anyone through access point exports-ap"), "{code} {text}");
}
