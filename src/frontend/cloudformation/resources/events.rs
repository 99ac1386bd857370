//! The rest of a bucket: CORS, website, notifications, tags.

use crate::model::{CorsRule, Notification, Tag, Website};
use crate::value::{Attr, Kind, Value};

use super::super::read::{Body, wrapped};
use super::written;

pub(super) fn cors(body: Body<'_>) -> Attr<Vec<CorsRule>> {
    body.part("CorsConfiguration", |it| {
        let rules = it.parts("CorsRules", |rule| CorsRule {
            origin: rule.owner.clone(),
            allowed_origins: rule.texts("AllowedOrigins"),
            allowed_methods: rule.texts("AllowedMethods"),
            allowed_headers: rule.texts("AllowedHeaders"),
            written: written::cors_rule(rule),
        });
        wrapped(rules, |it| it)
    })
}

pub(super) fn website(body: Body<'_>) -> Attr<Website> {
    body.part("WebsiteConfiguration", |it| {
        let redirect = it.field("RedirectAllRequestsTo", |_| Value::Known(true));
        let redirects_all = if redirect.is_absent() { Attr::known(false, it.owner.clone()) } else { redirect };
        Value::Known(Website { redirects_all, written: written::website(it) })
    })
}

pub(super) fn notification(body: Body<'_>) -> Attr<Notification> {
    body.part("NotificationConfiguration", |it| {
        let count = |key: &str| match it.raw(key).map(|val| &val.kind) {
            Some(Kind::List(list)) => list.items.len(),
            Some(Kind::Null) | None => 0,
            Some(_) => 1,
        };
        let keys = ["LambdaConfigurations", "QueueConfigurations", "TopicConfigurations"];
        // An `EventBridgeConfiguration` switches EventBridge on unless its flag says no.
        let event_bridge = it.part("EventBridgeConfiguration", |bridge| {
            let flag = bridge.flag("EventBridgeEnabled");
            if flag.is_absent() { Value::Known(true) } else { flag.value }
        });
        let destinations = keys.into_iter().map(count).sum();
        Value::Known(Notification { destinations, event_bridge, written: written::notification(it) })
    })
}

pub(super) fn tags(body: Body<'_>) -> Attr<Vec<Tag>> {
    body.list("Tags", |val| {
        body.with_map(val, &|tag| {
            let key = tag.text("Key");
            match (key.as_known(), key.why()) {
                (Some(key), _) => Value::Known(Tag { key: key.clone(), value: tag.text("Value") }),
                (None, Some(why)) => Value::Unknown(why.clone()),
                (None, None) => tag.wrong(val, "a tag with a Key"),
            }
        })
    })
}
