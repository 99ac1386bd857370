//! A value that is written out as it is: where it stands, and what takes its place.

use crate::finding::{Edit, Safety};
use crate::source::{Sources, Span};
use crate::value::{HopKind, Origin};

use super::text::slice;

/// A literal that decides a value.
pub(super) struct Literal {
    pub at: Span,
    /// The name through which it is used, where other places may use it too.
    pub shared: Option<String>,
}

/// Where the value of an origin is written out: at the place of use, or where its names lead.
pub(super) fn of(sources: &Sources, origin: &Origin) -> Option<Literal> {
    let own = origin.span.filter(|it| is_literal(sources, *it)).map(|at| Literal { at, shared: None });
    let led = || {
        let hops: Vec<_> = origin.hops().collect();
        let last = hops.iter().rev().find(|it| it.at.is_some())?;
        let at = last.at.filter(|it| is_literal(sources, *it))?;
        // What is given to one call of a module is that call's own.
        let is_own = hops.iter().all(|it| it.kind == HopKind::Argument) && is_code(sources, at);
        Some(Literal { at, shared: (!is_own).then(|| last.name.clone()) })
    };
    own.or_else(led)
}

impl Literal {
    /// The edit that puts a word in its place, in the quotes that it has.
    pub fn becomes(&self, sources: &Sources, word: &str) -> Edit {
        let text = sources.text(self.at.file);
        let old = slice(&text, self.at.range());
        let quote = old.chars().next().filter(|it| matches!(it, '"' | '\''));
        let new = match quote {
            Some(quote) => format!("{quote}{word}{quote}"),
            None => word.to_owned(),
        };
        Edit { at: self.at, text: new }
    }

    /// Whether it is `true` or `false`.
    pub fn is_bool(&self, sources: &Sources) -> bool {
        let text = sources.text(self.at.file);
        let word = slice(&text, self.at.range()).trim_matches(['"', '\'']).to_ascii_lowercase();
        matches!(word.as_str(), "true" | "false" | "yes" | "no" | "on" | "off")
    }

    /// Unsafe where other places use it too.
    pub fn safety(&self) -> (Safety, Option<String>) {
        match &self.shared {
            Some(name) => (Safety::Unsafe, Some(format!("`{name}` may be used elsewhere too"))),
            None => (Safety::Safe, None),
        }
    }
}

/// One word, or one text in quotes without interpolation.
fn is_literal(sources: &Sources, at: Span) -> bool {
    let file = sources.file(at.file);
    if file.stands_at.is_some() {
        return false;
    }
    let text = file.slice(at);
    let bare = |it: &str| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b':'))
    };
    let quoted = |quote: char| {
        text.strip_prefix(quote).and_then(|it| it.strip_suffix(quote)).is_some_and(|it| it.is_empty() || bare(it))
    };
    let is_word = match is_code(sources, at) {
        true => matches!(text, "true" | "false") || quoted('"'),
        false => bare(text) || quoted('"') || quoted('\''),
    };
    is_word && is_whole(&file.text, at)
}

/// Whether what stands at a place is all that a name is set to, and not a part of an expression or a function's argument.
fn is_whole(text: &str, at: Span) -> bool {
    let range = at.range();
    let Some((before, byte)) = super::text::before(text, range.start) else { return false };
    let is_conditional = || slice(text, super::text::line_start(text, before)..before).contains('?');
    let is_comparison = || slice(text, 0..before).ends_with(['=', '!', '<', '>']);
    let begins = (byte == b'=' && !is_comparison()) || (byte == b':' && !is_conditional());
    let rest = slice(text, range.end..super::text::line_end(text, range.end)).trim_start();
    begins && (rest.is_empty() || rest.starts_with(['}', ',', '#', '/', ']']))
}

/// Whether a place is in Terraform code, where a bare word is a name.
fn is_code(sources: &Sources, at: Span) -> bool {
    let path = sources.file(at.file).path.to_string_lossy().into_owned();
    [".tf", ".tofu", ".hcl", ".tfvars"].iter().any(|it| path.ends_with(it))
}
