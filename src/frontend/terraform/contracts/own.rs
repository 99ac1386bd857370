//! Contracts that a user writes or generates: Terraform configuration with a block that says what it stands for.
//!
//! ```hcl
//! contract {
//!   source  = "git::https://git.example.com/platform/terraform-s3.git"
//!   version = ">= 2.0, < 3.0"
//! }
//! ```

use crate::source::{Diagnostic, FileId, Gravity, Sources};
use crate::syntax::SyntaxError;
use crate::syntax::hcl::{self, Expr, ExprKind, TemplatePart};

use super::version::Constraint;
use super::{Contract, plain};

/// Reads a contract file.
///
/// # Errors
/// What is wrong with it, with the line: syntax, no `contract` block, no source, a version constraint that is none.
pub fn read(sources: &Sources, file: FileId) -> Result<Contract, Vec<Diagnostic>> {
    let text = sources.text(file);
    let index = hcl::index(file, &text);
    let mut errors: Vec<SyntaxError> = index.errors;
    let bodies: Vec<_> = index.tree.blocks.iter().map(|it| (it, it.body(&text))).collect();
    errors.extend(bodies.iter().flat_map(|it| it.1.errors.iter().cloned()));
    if !errors.is_empty() {
        return Err(errors.iter().map(SyntaxError::diagnostic).collect());
    }
    let path = sources.file(file).path.clone();
    let wrong = |message: String| {
        let help = "write `contract { source = \"…\" }` above the configuration; `version` may narrow it";
        Diagnostic::path("invalid-contract", Gravity::Usage, &path, message).help(help)
    };
    let at = |expr: &Expr, message: &str| vec![Diagnostic::at("invalid-contract", Gravity::Usage, expr.span, message)];
    let mut heads = bodies.iter().filter(|it| it.0.kind.text == "contract");
    let Some((_, head)) = heads.next() else {
        return Err(vec![wrong("no block says which module the contract stands for".to_owned())]);
    };
    if let Some((block, _)) = heads.next() {
        let message = "a second `contract` block; one file stands for one module";
        return Err(vec![Diagnostic::at("invalid-contract", Gravity::Usage, block.header, message)]);
    }
    if let Some(other) = head.tree.attributes.iter().find(|it| !["source", "version"].contains(&it.name.text.as_str()))
    {
        let message = format!("`{}` is not known here; expected `source` or `version`", other.name.text);
        return Err(vec![Diagnostic::at("invalid-contract", Gravity::Usage, other.name.span, message)]);
    }
    let Some(source) = head.tree.attribute("source") else {
        return Err(vec![wrong("the `contract` block has no `source`".to_owned())]);
    };
    let expected = "expected the module's source as text, or a list of such texts";
    let listed: Vec<&Expr> = match &source.value.kind {
        ExprKind::List(items) => items.iter().collect(),
        _ => vec![&source.value],
    };
    let texts: Option<Vec<String>> = listed.into_iter().map(literal).collect();
    let texts = texts.filter(|it| !it.is_empty()).ok_or_else(|| at(&source.value, expected))?;
    let versions = match head.tree.attribute("version") {
        None => None,
        Some(version) => {
            let constraint = literal(&version.value).and_then(|it| Constraint::parse(&it));
            Some(
                constraint
                    .ok_or_else(|| at(&version.value, "expected a version constraint such as \">= 2.0, < 3.0\""))?,
            )
        }
    };
    let shown = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let title = format!("{} ({shown})", texts.first().cloned().unwrap_or_default());
    let sources = texts.iter().map(|it| plain(it)).collect();
    Ok(Contract { sources, versions, text: text.to_string(), title })
}

/// The text of a quoted template without interpolations.
pub(super) fn literal(expr: &Expr) -> Option<String> {
    let ExprKind::Template(template) = &expr.kind else { return None };
    let piece = |it: &TemplatePart| match it {
        TemplatePart::Literal(piece) => Some(piece.text.to_string()),
        _ => None,
    };
    template.parts.iter().map(piece).collect()
}
