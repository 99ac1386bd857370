//! `Principal` and `NotPrincipal`.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use crate::value::{Kind, Map, Origin, SymStr, Val};

use super::parse::{duplicates, note, texts};
use super::{Note, NoteKind, Principal, PrincipalKind, Principals};

pub(super) fn principals(map: &Map, origin: &Origin, index: usize, notes: &mut Vec<Note>) -> Principals {
    let found = [("Principal", false), ("NotPrincipal", true)]
        .into_iter()
        .find_map(|(key, negated)| map.get(key).filter(|it| it.kind != Kind::Null).map(|it| (it, negated)));
    let Some((value, negated)) = found else {
        let rest = map.rest.clone();
        let present = rest.is_some();
        return Principals { origin: origin.clone(), present, negated: false, items: Vec::new(), rest };
    };
    let mut out = Principals { origin: value.origin.clone(), present: true, negated, items: Vec::new(), rest: None };
    element(value, &mut out, index, notes);
    lint(&out, index, notes);
    out
}

fn element(value: &Val, out: &mut Principals, index: usize, notes: &mut Vec<Note>) {
    match &value.kind {
        Kind::Map(map) => {
            duplicates(map, false, Some(index), notes);
            out.rest = out.rest.take().or_else(|| map.rest.clone());
            for entry in &map.entries {
                let kind = match entry.key.known().as_deref() {
                    Some("AWS") => PrincipalKind::Aws,
                    Some("Service") => PrincipalKind::Service,
                    Some("Federated") => PrincipalKind::Federated,
                    Some("CanonicalUser") => PrincipalKind::CanonicalUser,
                    Some("*") => PrincipalKind::Anyone,
                    Some(other) => {
                        let message =
                            format!("`{other}` is no kind of principal; use AWS, Service, Federated or CanonicalUser");
                        notes.push(note(NoteKind::PrincipalFormat, message, &entry.key_origin, Some(index)));
                        PrincipalKind::Other
                    }
                    None => {
                        out.rest = out.rest.take().or_else(|| entry.key.why().cloned());
                        PrincipalKind::Other
                    }
                };
                let (items, rest) = texts(&entry.value);
                out.rest = out.rest.take().or(rest);
                out.items.extend(items.into_iter().map(|(text, origin)| principal(kind, text, origin)));
            }
        }
        Kind::Choice(_) => out.rest = out.rest.take().or_else(|| value.why()),
        _ => {
            let (items, rest) = texts(value);
            out.rest = out.rest.take().or(rest);
            for (text, origin) in items {
                if text.known().as_deref() != Some("*") && text.why().is_none() {
                    let message = format!("`{}` must stand under AWS, Service or another kind", text.display());
                    notes.push(note(NoteKind::PrincipalFormat, message, &origin, Some(index)));
                }
                out.items.push(principal(PrincipalKind::Aws, text, origin));
            }
        }
    }
}

/// `*` under `AWS` is everyone, and so is `*` under `CanonicalUser` as far as a reader can tell.
fn principal(kind: PrincipalKind, text: SymStr, origin: Origin) -> Principal {
    let star = text.known().as_deref() == Some("*");
    let everyone = star && matches!(kind, PrincipalKind::Aws | PrincipalKind::CanonicalUser);
    Principal { kind: if everyone { PrincipalKind::Anyone } else { kind }, text, origin }
}

fn lint(principals: &Principals, index: usize, notes: &mut Vec<Note>) {
    for principal in &principals.items {
        let Some(text) = principal.text.known() else { continue };
        if principal.kind != PrincipalKind::Aws {
            continue;
        }
        if text.starts_with("AIDA") || text.starts_with("AROA") {
            let message = format!("`{text}` is the unique id of a deleted user or role");
            notes.push(note(NoteKind::OrphanPrincipalId, message, &principal.origin, Some(index)));
        } else if text.contains(['*', '?']) {
            let message =
                format!("`{text}`: a principal cannot hold a wildcard; condition on aws:PrincipalArn instead");
            notes.push(note(NoteKind::PrincipalFormat, message, &principal.origin, Some(index)));
        } else if !is_principal(&text) {
            let message = format!("`{text}` is neither an account id nor the ARN of a principal");
            notes.push(note(NoteKind::PrincipalFormat, message, &principal.origin, Some(index)));
        }
    }
}

fn is_principal(text: &str) -> bool {
    is_account(text) || (text.starts_with("arn:aws") && text.split(':').count() >= 6)
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit())
}
