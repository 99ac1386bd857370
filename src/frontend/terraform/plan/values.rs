//! The values of a plan with their places: what is unknown until apply is an unknown value, never an absent one.

use serde_json::Value as Json;

use crate::frontend::terraform::eval::class_of;
use crate::source::{FileId, Span};
use crate::syntax::skim::Raw;
use crate::value::{Cause, Class, Entry, Kind, Map, Origin, Symbol, Val, Why, json};

/// Reads parts of one file.
#[derive(Clone, Copy)]
pub(in crate::frontend::terraform) struct Reader<'t> {
    pub file: FileId,
    pub text: &'t str,
}

impl Reader<'_> {
    /// The place of a part of the text.
    pub fn place(&self, raw: Raw<'_>) -> Span {
        let start = (raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        Span::of(self.file, start..(start + raw.get().len()).min(self.text.len()))
    }

    /// The value of a part of the text.
    pub fn value(&self, raw: Raw<'_>) -> Option<Val> {
        let place = self.place(raw);
        json::parse_part(self.file, raw.get(), place.start).tree
    }

    /// The arguments of a resource: `known` with the leaves of `unknown` laid over it. `resolve` answers for what is
    /// unknown (of `written` names, where nothing is known) under a path of names (`["bucket"]`), with a value, or with `None` where it has no better one.
    pub fn arguments(
        &self,
        address: &str,
        at: Span,
        known: Option<Raw<'_>>,
        unknown: Option<Raw<'_>>,
        written: &[String],
        resolve: &dyn Fn(&[String]) -> Resolved,
    ) -> Map {
        let value = known.and_then(|it| self.value(it));
        let open = |cause| Why::new(cause, address, Some(at));
        let mut map = match value.map(|it| it.kind) {
            Some(Kind::Map(map)) => map,
            // Too deep to be read, or no object: whatever it has, is not known.
            _ => Map {
                entries: Vec::new(),
                rest: Some(open(if known.is_some() { Cause::Limit } else { Cause::Computed })),
            },
        };
        let mask: Option<Json> = unknown.map(|it| serde_json::from_str(it.get()).unwrap_or(Json::Bool(true)));
        let overlay = Overlay { address, at, resolve };
        match mask {
            Some(Json::Bool(true)) => map.rest = Some(open(Cause::Computed)),
            mask => overlay.map(&mut map, &mask.unwrap_or_default(), &mut Vec::new()),
        }
        if map.rest.is_some() {
            for name in written {
                if !map.entries.iter().any(|it| it.key.known().as_deref() == Some(name)) {
                    let key = crate::value::SymStr::text(name.as_str());
                    let value = overlay.leaf(std::slice::from_ref(name));
                    map.entries.extend(value.map(|value| Entry { key, key_origin: Origin::at(at), value }));
                }
            }
        }
        map
    }
}

/// Takes away what is marked sensitive: it becomes unknown, whatever it was.
pub(in crate::frontend::terraform) fn conceal(map: &mut Map, mask: Raw<'_>, address: &str, at: Span) {
    let mask: Json = serde_json::from_str(mask.get()).unwrap_or(Json::Bool(true));
    if mask == Json::Bool(true) {
        map.entries.clear();
        map.rest = Some(Why::new(Cause::Sensitive, address, Some(at)));
    }
    Concealed { address, at }.map(map, &mask, &mut Vec::new());
}

struct Concealed<'a> {
    address: &'a str,
    at: Span,
}

impl Concealed<'_> {
    fn map(&self, map: &mut Map, mask: &Json, path: &mut Vec<String>) {
        let Json::Object(parts) = mask else { return };
        for (name, part) in parts {
            path.push(name.clone());
            let found = map.entries.iter_mut().find(|it| it.key.known().as_deref() == Some(name));
            match (found, part) {
                (Some(entry), part) => self.value(&mut entry.value, part, path),
                // A state file from which it was taken already.
                (None, Json::Bool(true)) => map.entries.push(Entry {
                    key: crate::value::SymStr::text(name.as_str()),
                    key_origin: Origin::at(self.at),
                    value: self.leaf(path),
                }),
                (None, _) => {}
            }
            path.pop();
        }
    }

    fn value(&self, value: &mut Val, mask: &Json, path: &mut Vec<String>) {
        match (&mut value.kind, mask) {
            (_, Json::Bool(true)) => *value = self.leaf(path),
            (Kind::Map(map), Json::Object(_)) => self.map(map, mask, path),
            (Kind::List(list), Json::Array(parts)) => {
                for (item, part) in list.items.iter_mut().zip(parts) {
                    self.value(item, part, path);
                }
            }
            _ => {}
        }
    }

    fn leaf(&self, path: &[String]) -> Val {
        let why = Why::new(Cause::Sensitive, format!("{}.{}", self.address, path.join(".")), Some(self.at));
        let mut out = Val::unknown(Symbol::new(self.address, path.join(".")), Class::Any, why, Origin::at(self.at));
        out.sensitive = true;
        out
    }
}

/// What is made of an unknown value.
pub(in crate::frontend::terraform) enum Resolved {
    /// This value.
    To(Val),
    /// Nothing: the provider computes it, the configuration does not speak of it.
    Unwritten,
    /// It stays unknown.
    Unknown,
}

struct Overlay<'a> {
    address: &'a str,
    at: Span,
    resolve: &'a dyn Fn(&[String]) -> Resolved,
}

impl Overlay<'_> {
    fn map(&self, map: &mut Map, unknown: &Json, path: &mut Vec<String>) {
        let Json::Object(parts) = unknown else { return };
        for (name, part) in parts {
            path.push(name.clone());
            let at = map.entries.iter().position(|it| it.key.known().as_deref() == Some(name));
            match (at, part) {
                (at, Json::Bool(true)) => {
                    if let Some(at) = at {
                        map.entries.remove(at);
                    }
                    if let Some(value) = self.leaf(path) {
                        map.entries.push(Entry {
                            key: crate::value::SymStr::text(name.as_str()),
                            key_origin: Origin::at(self.at),
                            value,
                        });
                    }
                }
                (Some(at), part) => {
                    if let Some(entry) = map.entries.get_mut(at) {
                        self.value(&mut entry.value, part, path);
                    }
                }
                (None, _) => {}
            }
            path.pop();
        }
    }

    fn value(&self, value: &mut Val, unknown: &Json, path: &mut Vec<String>) {
        match (&mut value.kind, unknown) {
            (_, Json::Bool(true)) => {
                if let Some(leaf) = self.leaf(path) {
                    *value = leaf;
                }
            }
            (Kind::Map(map), Json::Object(_)) => self.map(map, unknown, path),
            (Kind::List(list), Json::Array(parts)) => {
                for (item, part) in list.items.iter_mut().zip(parts) {
                    self.value(item, part, path);
                }
            }
            _ => {}
        }
    }

    fn leaf(&self, path: &[String]) -> Option<Val> {
        match (self.resolve)(path) {
            Resolved::To(value) => Some(value),
            Resolved::Unwritten => None,
            Resolved::Unknown => {
                let shown = format!("{}.{}", self.address, path.join("."));
                let why = Why::new(Cause::Computed, shown, Some(self.at));
                let symbol = Symbol::new(self.address, path.join("."));
                // An argument, not an attribute of its own: `bucket` is another resource's name, which one is not known.
                let class = path.last().filter(|it| it.as_str() != "bucket").map_or(Class::Any, |it| class_of(it));
                Some(Val::unknown(symbol, class, why, Origin::at(self.at)))
            }
        }
    }
}
