//! The `Condition` element.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>

use crate::value::{Kind, Val, Why};

use super::operator::Operator;
use super::parse::{duplicates, note, texts};
use super::{Condition, Note, NoteKind};

pub(super) fn conditions(element: Option<&Val>, index: usize, notes: &mut Vec<Note>) -> (Vec<Condition>, Option<Why>) {
    let Some(element) = element else { return (Vec::new(), None) };
    let Kind::Map(operators) = &element.kind else {
        let why = match element.kind {
            Kind::Null => None,
            _ => element.why().or_else(|| {
                let message = "`Condition` is not an object";
                notes.push(note(NoteKind::MissingElements, message, &element.origin, Some(index)));
                Some(Why::new(crate::value::Cause::Invalid, message, element.origin.span))
            }),
        };
        return (Vec::new(), why);
    };
    duplicates(operators, true, Some(index), notes);
    let (mut out, mut rest) = (Vec::new(), operators.rest.clone());
    for operator in &operators.entries {
        let name = operator.key.display();
        if operator.key.known().is_some() && Operator::parse(&name).is_none() {
            let message = format!("`{name}` is not a condition operator");
            notes.push(note(NoteKind::UnknownOperator, message, &operator.key_origin, Some(index)));
        }
        let Kind::Map(keys) = &operator.value.kind else {
            rest = rest.or_else(|| operator.value.why()).or_else(|| {
                let message = format!("the operator `{name}` holds no object");
                notes.push(note(NoteKind::MissingElements, message.clone(), &operator.key_origin, Some(index)));
                Some(Why::new(crate::value::Cause::Invalid, message, operator.value.origin.span))
            });
            continue;
        };
        duplicates(keys, true, Some(index), notes);
        rest = rest.or_else(|| keys.rest.clone());
        for key in &keys.entries {
            let (values, more) = texts(&key.value);
            out.push(Condition {
                operator: name.clone(),
                key: key.key.clone(),
                values,
                rest: more,
                origin: key.key_origin.clone(),
            });
        }
    }
    (out, rest)
}
