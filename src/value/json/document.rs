//! A document of serde_json → a value, all of which stands in one place.

use serde_json::Value as Json;

use super::super::{Entry, Kind, List, Map, Number, Origin, SymStr, Val};

/// The value of a document that no file has as it is: `origin` is the place of all its parts.
#[must_use]
pub fn of_document(document: &Json, origin: &Origin) -> Val {
    let kind = match document {
        Json::Null => Kind::Null,
        Json::Bool(it) => Kind::Bool(*it),
        Json::Number(it) => {
            let raw = it.to_string();
            Kind::Number(Number { value: raw.parse().unwrap_or(f64::NAN), raw: Some(raw.into()) })
        }
        Json::String(it) => Kind::String(SymStr::text(it.as_str())),
        Json::Array(all) => {
            Kind::List(List { items: all.iter().map(|it| of_document(it, origin)).collect(), rest: None })
        }
        Json::Object(all) => {
            let entries = all.iter().map(|(key, value)| Entry {
                key: SymStr::text(key.as_str()),
                key_origin: origin.clone(),
                value: of_document(value, origin),
            });
            Kind::Map(Map { entries: entries.collect(), rest: None })
        }
    };
    Val::new(kind, origin.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json;

    #[test]
    fn it_is_what_the_text_is() {
        let text = r#"{"a":[1,-2.5,1e3,null,true],"b":{"c":"d\"e","":""},"f":[],"g":{}}"#;
        let document: Json = serde_json::from_str(text).unwrap();
        let origin = Origin::default();
        let read = json::decode(&SymStr::text(document.to_string()), &origin).unwrap();
        assert_eq!(of_document(&document, &origin), read);
    }
}
