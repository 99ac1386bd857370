//! One field of the model as JSON.

use serde_json::{Value as Json, json};

use crate::source::Span;
use crate::value::{Attr, Origin, SymStr, Value, Why};

use super::super::shared::{Location, Places};

/// A field; `convert` gives the plain value.
pub fn attr<T>(attr: &Attr<T>, convert: impl Fn(&T) -> Json) -> Json {
    value(&attr.value, &convert)
}

fn value<T>(it: &Value<T>, convert: &impl Fn(&T) -> Json) -> Json {
    match it {
        Value::Known(it) => convert(it),
        Value::Absent => Json::Null,
        Value::Unknown(reason) => json!({ "unknown": why(reason) }),
        Value::OneOf(all, reason) => json!({
            "one_of": all.iter().map(|it| value(it, convert)).collect::<Vec<_>>(),
            "depends_on": reason.subject(),
        }),
    }
}

/// A field whose plain value is JSON already.
pub fn plain<T: Clone + Into<Json>>(it: &Attr<T>) -> Json {
    attr(it, |it| it.clone().into())
}

/// A number; whole numbers without a fraction.
pub fn number(it: &f64) -> Json {
    let whole = format!("{it:.0}").parse::<i64>().ok().filter(|_| it.fract() == 0.0);
    whole.map_or_else(|| json!(it), |it| json!(it))
}

/// A text of which parts may be unknown.
pub fn symbolic(it: &SymStr) -> Json {
    match (it.known(), it.why()) {
        (Some(text), _) => json!(text),
        (None, reason) => json!({ "unknown": reason.map(why), "template": it.display() }),
    }
}

/// A reason.
pub fn why(it: &Why) -> Json {
    json!({ "cause": it.cause().code(), "subject": it.subject() })
}

/// Adds `rest` where a list may have further items.
pub fn with_rest(mut list: Vec<Json>, rest: Option<&Why>) -> Json {
    if let Some(reason) = rest {
        list.push(json!({ "unknown": why(reason), "further": true }));
    }
    list.into()
}

/// Where a block or value stands.
pub fn location(origin: &Origin, places: &Places<'_>) -> Json {
    span(origin.span, places)
}

/// A place, `null` where there is none.
pub fn span(at: Option<Span>, places: &Places<'_>) -> Json {
    optional_location(at.map(|at| places.location(at)))
}

/// A location, `null` where there is none.
pub fn optional_location(it: Option<Location>) -> Json {
    it.map_or(Json::Null, |it| serde_json::to_value(it).unwrap_or_default())
}
