//! Type constraints of variables: what a value becomes by them.
//! <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>

use crate::frontend::terraform::functions;
use crate::syntax::hcl::{self, Expr, ExprKind, ObjectItem, TemplatePart};
use crate::value::{Alternative, Entry, Kind, Map, Origin, Scalar, SymStr, Val, ops};

use super::files::Files;
use super::{Scope, World};

/// Types nested more deeply are not applied.
const MAX_DEPTH: usize = 32;

impl World<'_> {
    /// The value as its variable has it. What does not fit the type is left as it is: Terraform would refuse it.
    pub(super) fn with_type(&self, value: Val, of: &Expr, scope: &Scope, depth: usize) -> Val {
        if MAX_DEPTH < depth {
            return value;
        }
        if let Kind::Choice(all) = value.kind {
            let one = |it: Alternative| Alternative { value: self.with_type(it.value, of, scope, depth + 1), ..it };
            return Val { kind: Kind::Choice(all.into_iter().map(one).collect()), ..value };
        }
        match &of.kind {
            ExprKind::Variable(name) => primitive(value, name),
            ExprKind::Call { name, args, .. } => self.with_constructor(value, &name.text, args, scope, depth),
            // In JSON a type is a text.
            ExprKind::Template(template) => {
                let piece = |it: &TemplatePart| match it {
                    TemplatePart::Literal(piece) => Some(piece.text.to_string()),
                    _ => None,
                };
                let Some(text) = template.parts.iter().map(piece).collect::<Option<String>>() else { return value };
                let parsed = hcl::parse_expression(of.span.file, &text);
                match parsed.errors.is_empty() {
                    true => self.with_type(value, &parsed.tree, scope, depth + 1),
                    false => value,
                }
            }
            _ => value,
        }
    }

    fn with_constructor(&self, mut value: Val, name: &str, args: &[Expr], scope: &Scope, depth: usize) -> Val {
        match (name, args, &mut value.kind) {
            ("object", [Expr { kind: ExprKind::Object(fields), .. }], Kind::Map(map)) => {
                self.fields(map, fields, &value.origin, scope, depth);
            }
            ("list" | "set", [inner], Kind::List(list)) => {
                let items = std::mem::take(&mut list.items);
                list.items = items.into_iter().map(|it| self.with_type(it, inner, scope, depth + 1)).collect();
                value.is_set = false;
                if name == "set" {
                    let host = Files { world: self, scope };
                    let at = args.first().map_or(crate::source::Span::head(crate::source::FileId(0)), |it| it.span);
                    if let Some(Ok(set)) = functions::call("toset", std::slice::from_ref(&value), at, &host) {
                        return Val { origin: value.origin, ..set };
                    }
                }
            }
            ("tuple", [Expr { kind: ExprKind::List(types), .. }], Kind::List(list)) => {
                let items = std::mem::take(&mut list.items);
                let typed = |(at, it): (usize, Val)| match types.get(at) {
                    Some(of) => self.with_type(it, of, scope, depth + 1),
                    None => it,
                };
                list.items = items.into_iter().enumerate().map(typed).collect();
            }
            ("map", [inner], Kind::Map(map)) => {
                for entry in &mut map.entries {
                    let own = std::mem::replace(&mut entry.value, Val::new(Kind::Null, Origin::default()));
                    entry.value = self.with_type(own, inner, scope, depth + 1);
                }
            }
            ("optional", [inner, ..], _) => return self.with_type(value, inner, scope, depth + 1),
            _ => (),
        }
        value
    }

    /// The fields of an object type: those that it does not have go, those that are missing have their default, or null.
    fn fields(&self, map: &mut Map, fields: &[ObjectItem], origin: &Origin, scope: &Scope, depth: usize) {
        let names: Option<Vec<String>> = fields.iter().map(|it| it.key.name().map(str::to_owned)).collect();
        let Some(names) = names else { return };
        map.entries.retain(|it| it.key.known().is_none_or(|own| names.contains(&own)));
        for (field, key) in fields.iter().zip(names) {
            let (inner, default) = optional(&field.value);
            let found = map.entries.iter().rposition(|it| it.key.is(&key));
            match found.and_then(|at| map.entries.get_mut(at)) {
                Some(entry) => {
                    let null = entry.value.kind == Kind::Null;
                    let own = match default {
                        Some(default) if null => self.value(default, scope),
                        _ => std::mem::replace(&mut entry.value, Val::new(Kind::Null, Origin::default())),
                    };
                    entry.value = self.with_type(own, inner, scope, depth + 1);
                }
                None if map.rest.is_none() => {
                    let own = match default {
                        Some(default) => self.value(default, scope),
                        None => Val::new(Kind::Null, origin.clone()),
                    };
                    let own = self.with_type(own, inner, scope, depth + 1);
                    let key_origin = Origin::at(field.key_span);
                    map.entries.push(Entry { key: SymStr::text(key), key_origin, value: own });
                }
                None => (),
            }
        }
    }
}

/// `string`, `number`, `bool`: Terraform converts between them where the text allows.
fn primitive(value: Val, of: &str) -> Val {
    if matches!(value.kind, Kind::Unknown(_)) {
        let scalar = match of {
            "string" => Some(Scalar::Text),
            "number" => Some(Scalar::Number),
            "bool" => Some(Scalar::Bool),
            _ => None,
        };
        return Val { scalar: scalar.or(value.scalar), ..value };
    }
    let kind = match (of, &value.kind) {
        ("string", Kind::Bool(_) | Kind::Number(_)) => ops::to_string(&value).map(Kind::String),
        ("number", Kind::String(_)) => ops::to_number(&value).map(Kind::Number),
        ("bool", Kind::String(_)) => value.as_bool().map(Kind::Bool),
        _ => None,
    };
    match kind {
        Some(kind) => Val { kind, ..value },
        None => value,
    }
}

/// The inner type and the default of `optional(type, default)`.
fn optional(of: &Expr) -> (&Expr, Option<&Expr>) {
    match &of.kind {
        ExprKind::Call { name, args, .. } if name.text == "optional" => match args.as_slice() {
            [inner, default, ..] => (inner, Some(default)),
            [inner] => (inner, None),
            [] => (of, None),
        },
        _ => (of, None),
    }
}
