//! A document of JSON whose objects are lists: an item is read by name a few dozen times, and to hash the names of all its members
//! costs more than to look through them.

use std::collections::HashMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value as Json};

/// What [`serde_json::Value`] is, member for member.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Doc {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Doc>),
    /// In the order of the text, no name twice.
    Object(Vec<(String, Doc)>),
}

impl Doc {
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.iter().find(|it| it.0 == key).map(|it| &it.1)
    }

    /// The member, taken out of it.
    pub fn take(self, key: &str) -> Option<Self> {
        match self {
            Self::Object(all) => all.into_iter().find(|it| it.0 == key).map(|it| it.1),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        if let Self::Object(it) = self { Some(it) } else { None }
    }

    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(it) = self { Some(it) } else { None }
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(it) = self { Some(it) } else { None }
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(it) = self { Some(*it) } else { None }
    }

    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Number(it) = self { it.as_i64() } else { None }
    }

    pub fn as_u64(&self) -> Option<u64> {
        if let Self::Number(it) = self { it.as_u64() } else { None }
    }

    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(it) = self { it.as_f64() } else { None }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn is_object(&self) -> bool {
        self.as_object().is_some()
    }

    pub fn is_array(&self) -> bool {
        self.as_array().is_some()
    }

    pub fn is_string(&self) -> bool {
        self.as_str().is_some()
    }

    /// The same as serde_json has it.
    pub fn json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(it) => Json::Bool(*it),
            Self::Number(it) => Json::Number(it.clone()),
            Self::String(it) => Json::String(it.clone()),
            Self::Array(all) => Json::Array(all.iter().map(Self::json).collect()),
            Self::Object(all) => Json::Object(all.iter().map(|(key, it)| (key.clone(), it.json())).collect()),
        }
    }
}

impl From<&Json> for Doc {
    fn from(value: &Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(it) => Self::Bool(*it),
            Json::Number(it) => Self::Number(it.clone()),
            Json::String(it) => Self::String(it.clone()),
            Json::Array(all) => Self::Array(all.iter().map(Self::from).collect()),
            Json::Object(all) => Self::Object(all.iter().map(|(key, it)| (key.clone(), it.into())).collect()),
        }
    }
}

impl Serialize for Doc {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(it) => to.serialize_bool(*it),
            Self::Number(it) => it.serialize(to),
            Self::String(it) => to.serialize_str(it),
            Self::Array(all) => {
                let mut out = to.serialize_seq(Some(all.len()))?;
                all.iter().try_for_each(|it| out.serialize_element(it))?;
                out.end()
            }
            Self::Object(all) => {
                let mut out = to.serialize_map(Some(all.len()))?;
                all.iter().try_for_each(|(key, it)| out.serialize_entry(key, it))?;
                out.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Read)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Doc;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Doc, E> {
        Ok(Doc::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Doc, E> {
        Ok(Doc::Bool(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Doc, E> {
        Ok(Doc::Number(it.into()))
    }

    fn visit_u64<E>(self, it: u64) -> Result<Doc, E> {
        Ok(Doc::Number(it.into()))
    }

    fn visit_f64<E>(self, it: f64) -> Result<Doc, E> {
        Ok(Number::from_f64(it).map_or(Doc::Null, Doc::Number))
    }

    fn visit_str<E>(self, it: &str) -> Result<Doc, E> {
        Ok(Doc::String(it.to_owned()))
    }

    fn visit_string<E>(self, it: String) -> Result<Doc, E> {
        Ok(Doc::String(it))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Doc, A::Error> {
        let mut all = Vec::new();
        while let Some(it) = from.next_element()? {
            all.push(it);
        }
        Ok(Doc::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Doc, A::Error> {
        let mut all = Vec::new();
        while let Some(it) = from.next_entry()? {
            all.push(it);
        }
        Ok(Doc::Object(each_once(all)))
    }
}

/// Of a name that stands twice the last value counts, where the first stood: as serde_json has it.
fn each_once(all: Vec<(String, Doc)>) -> Vec<(String, Doc)> {
    /// So many are compared each with each.
    const FEW: usize = 16;
    let is_twice = |(at, it): (usize, &(String, Doc))| all.iter().take(at).any(|other| other.0 == it.0);
    if all.len() <= FEW && !all.iter().enumerate().any(is_twice) {
        return all;
    }
    let mut places = HashMap::new();
    let mut out: Vec<(String, Doc)> = Vec::with_capacity(all.len());
    for (key, value) in all {
        let at = *places.entry(key.clone()).or_insert(out.len());
        match out.get_mut(at) {
            Some(it) => it.1 = value,
            None => out.push((key, value)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(text: &str) {
        let (ours, theirs) = (serde_json::from_str::<Doc>(text), serde_json::from_str::<Json>(text));
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{text}");
        let (Ok(ours), Ok(theirs)) = (ours, theirs) else { return };
        assert_eq!(ours.json(), theirs, "{text}");
        assert_eq!(Doc::from(&theirs), ours, "{text}");
        assert_eq!(serde_json::to_string(&ours).unwrap(), theirs.to_string());
        for key in ["a", "b", ""] {
            assert_eq!(ours.get(key).map(Doc::json).as_ref(), theirs.get(key), "{text}");
        }
    }

    #[test]
    fn it_is_what_serde_json_has() {
        for text in [
            r#"{"a":[1,-2,18446744073709551615,2.5,1e3,null,true,"x\n"],"b":{"":{}},"a":2,"c":[]}"#,
            "1e400",
            "{\"a\":1,}",
            "\"\\ud800\"",
        ] {
            same(text);
        }
        let many: Vec<String> = (0..40).map(|it| format!("\"k{}\":{it}", it % 30)).collect();
        same(&format!("{{{}}}", many.join(",")));
        same(&"[".repeat(300));
        same(&format!("{}{}", "[".repeat(300), "]".repeat(300)));
    }

    proptest! {
        #[test]
        fn any_text_is_what_serde_json_has(text in r#"[{]("[ab]":[0-9],|"[ab]":[{]"a":"x"[}],){0,6}"b":\[[0-9]?(,-1\.5)?\][}]"#) {
            same(&text);
        }
    }
}
