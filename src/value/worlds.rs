//! Guards compared in every world: their conditions as formulas over what is not known, tried with all values that matter.
//!
//! A condition is canonical text in Terraform's syntax (see [`super::Atom`]). What is no boolean formula in it is an unknown of its
//! own, equal where its text is equal; a comparison with a literal text is one of the values that the unknown may have. Unknowns
//! are taken as independent, so there may be more worlds than there can be: an answer holds in the real ones all the same.

use crate::source::FileId;
use crate::syntax::hcl::{self, BinaryOp, Expr, ExprKind, TemplatePart, UnaryOp};

use super::{Atom, Guard, Truth};

/// Guards with more worlds are not compared.
const MAX_WORLDS: usize = 1024;

/// Longer conditions are unknowns as a whole (bytes).
const MAX_TEXT: usize = 4096;

/// Whether, in every world in which `own` holds, one of `others` holds: `No` where none does in any.
pub(super) fn covered(own: &Guard, others: &[&Guard]) -> Truth {
    let mut unknowns = Unknowns::default();
    let own = unknowns.guard(own);
    let others = Formula::Any(others.iter().map(|it| unknowns.guard(it)).collect());
    let Some(count) = unknowns.worlds() else { return Truth::Unknown };
    let (mut always, mut ever) = (true, false);
    for world in 0..count {
        let values = unknowns.values(world);
        if own.holds(&values) {
            let holds = others.holds(&values);
            always &= holds;
            ever |= holds;
        }
    }
    match (always, ever) {
        (true, _) => Truth::Yes,
        (false, false) => Truth::No,
        (false, true) => Truth::Unknown,
    }
}

enum Formula {
    Constant(bool),
    /// The unknown of this index is true.
    IsTrue(usize),
    /// The unknown of this index has the value of this index.
    Is(usize, usize),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Formula {
    /// `values` has the index of each unknown's value; 1 is true.
    fn holds(&self, values: &[usize]) -> bool {
        match self {
            Self::Constant(it) => *it,
            Self::IsTrue(unknown) => values.get(*unknown) == Some(&1),
            Self::Is(unknown, value) => values.get(*unknown) == Some(value),
            Self::Not(it) => !it.holds(values),
            Self::All(all) => all.iter().all(|it| it.holds(values)),
            Self::Any(all) => all.iter().any(|it| it.holds(values)),
        }
    }
}

/// What the conditions are about, with the values that matter. A condition has two: false and true. Others have the texts that
/// they are compared with, and one that is none of these.
#[derive(Default)]
struct Unknowns {
    all: Vec<Unknown>,
}

struct Unknown {
    text: String,
    is_condition: bool,
    literals: Vec<String>,
}

impl Unknown {
    fn size(&self) -> usize {
        if self.is_condition { 2 } else { self.literals.len() + 1 }
    }
}

impl Unknowns {
    fn worlds(&self) -> Option<usize> {
        let product = self.all.iter().try_fold(1_usize, |product, it| product.checked_mul(it.size()));
        product.filter(|it| *it <= MAX_WORLDS)
    }

    fn values(&self, mut world: usize) -> Vec<usize> {
        let value = |it: &Unknown| {
            let value = world % it.size();
            world /= it.size();
            value
        };
        self.all.iter().map(value).collect()
    }

    fn index(&mut self, text: &str, is_condition: bool) -> usize {
        let found = self.all.iter().position(|it| it.text == text && it.is_condition == is_condition);
        found.unwrap_or_else(|| {
            self.all.push(Unknown { text: text.to_owned(), is_condition, literals: Vec::new() });
            self.all.len() - 1
        })
    }

    fn guard(&mut self, guard: &Guard) -> Formula {
        match guard {
            Guard::Never => Formula::Constant(false),
            Guard::When(atoms) => Formula::All(atoms.iter().map(|it| self.atom(it)).collect()),
        }
    }

    fn atom(&mut self, atom: &Atom) -> Formula {
        let text = atom.condition.as_str();
        // What would be a comment is part of a name that was made up.
        let is_opaque = MAX_TEXT < text.len() || ["#", "//", "/*"].iter().any(|it| text.contains(it));
        let parsed = (!is_opaque).then(|| hcl::parse_expression(FileId(0), text)).filter(|it| it.errors.is_empty());
        let formula = match parsed {
            Some(parsed) => self.formula(&parsed.tree, text),
            None => self.condition(text),
        };
        if atom.holds { formula } else { Formula::Not(Box::new(formula)) }
    }

    fn condition(&mut self, text: &str) -> Formula {
        Formula::IsTrue(self.index(text, true))
    }

    fn formula(&mut self, expr: &Expr, text: &str) -> Formula {
        let written = text.get(expr.span.range()).unwrap_or(text);
        match &expr.kind {
            ExprKind::Bool(it) => Formula::Constant(*it),
            ExprKind::Parenthesis(it) => self.formula(it, text),
            ExprKind::Unary(UnaryOp::Not, it) => Formula::Not(Box::new(self.formula(it, text))),
            ExprKind::Binary(BinaryOp::And, it) => Formula::All(it.iter().map(|it| self.formula(it, text)).collect()),
            ExprKind::Binary(BinaryOp::Or, it) => Formula::Any(it.iter().map(|it| self.formula(it, text)).collect()),
            ExprKind::Binary(operator @ (BinaryOp::Equal | BinaryOp::NotEqual), it) => {
                let [left, right] = &**it;
                let equal = match (literal(left), literal(right)) {
                    (None, Some(value)) => self.is(left, &value, text),
                    (Some(value), None) => self.is(right, &value, text),
                    _ => return self.condition(written),
                };
                if *operator == BinaryOp::Equal { equal } else { Formula::Not(Box::new(equal)) }
            }
            ExprKind::Binary(operator, it) => match is_empty(*operator, it) {
                Some((length, true)) => self.is(length, &Literal::number(0.0), text),
                Some((length, false)) => Formula::Not(Box::new(self.is(length, &Literal::number(0.0), text))),
                None => self.condition(written),
            },
            ExprKind::Call { name, args, expand_final: false } if name.text == "contains" => {
                let [list, of] = args.as_slice() else { return self.condition(written) };
                let ExprKind::List(items) = &list.kind else { return self.condition(written) };
                match items.iter().map(literal).collect::<Option<Vec<_>>>() {
                    Some(values) => Formula::Any(values.iter().map(|it| self.is(of, it, text)).collect()),
                    None => self.condition(written),
                }
            }
            _ => self.condition(written),
        }
    }

    /// `of == value`.
    fn is(&mut self, of: &Expr, value: &Literal, text: &str) -> Formula {
        match value {
            Literal::Bool(true) => self.formula(of, text),
            Literal::Bool(false) => Formula::Not(Box::new(self.formula(of, text))),
            Literal::Text(value) => {
                let unknown = self.index(text.get(of.span.range()).unwrap_or(text), false);
                let Some(own) = self.all.get_mut(unknown) else { return Formula::Constant(false) };
                let at = own.literals.iter().position(|it| it == value).unwrap_or_else(|| {
                    own.literals.push(value.clone());
                    own.literals.len() - 1
                });
                Formula::Is(unknown, at)
            }
        }
    }
}

enum Literal {
    Bool(bool),
    Text(String),
}

impl Literal {
    fn number(it: f64) -> Self {
        Self::Text(format!("\u{0}{it}"))
    }
}

/// The length of which a comparison says whether it is 0: `length(x) > 0`, for no length is less.
fn is_empty(operator: BinaryOp, [left, right]: &[Expr; 2]) -> Option<(&Expr, bool)> {
    let is_length = |it: &Expr| matches!(&it.kind, ExprKind::Call { name, .. } if name.text == "length");
    let (operator, length, number) = match operator {
        BinaryOp::Less => (BinaryOp::Greater, right, left),
        BinaryOp::LessOrEqual => (BinaryOp::GreaterOrEqual, right, left),
        _ => (operator, left, right),
    };
    let digit = |it: &Expr| match &it.kind {
        ExprKind::Number(it) => it.parse::<u8>().ok(),
        _ => None,
    };
    match (operator, digit(number), digit(length)) {
        (BinaryOp::Greater, Some(0), _) | (BinaryOp::GreaterOrEqual, Some(1), _) => Some((length, false)),
        (BinaryOp::Greater, _, Some(1)) | (BinaryOp::GreaterOrEqual, _, Some(0)) => Some((number, true)),
        _ => None,
    }
    .filter(|it| is_length(it.0))
}

/// A literal that a comparison is with. `null` and numbers are values of their own, told from every text by a letter that none has:
/// `1 == "1"` is false.
fn literal(expr: &Expr) -> Option<Literal> {
    match &expr.kind {
        ExprKind::Bool(it) => Some(Literal::Bool(*it)),
        ExprKind::Null => Some(Literal::Text("\u{0}null".to_owned())),
        ExprKind::Number(it) => Some(Literal::number(it.parse::<f64>().ok()?)),
        ExprKind::Template(template) => {
            let piece = |it: &TemplatePart| match it {
                TemplatePart::Literal(piece) => Some(piece.text.to_string()),
                _ => None,
            };
            template.parts.iter().map(piece).collect::<Option<String>>().map(Literal::Text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(conditions: &[&str]) -> Guard {
        let one = |it: &&str| match it.strip_prefix("not ") {
            Some(it) => Guard::when(it, false),
            None => Guard::when(*it, true),
        };
        conditions.iter().map(one).fold(Guard::always(), |all, it| all.and(&it))
    }

    fn check(own: &[&str], other: &[&str], expected: Truth) {
        assert_eq!(guard(own).implies(&guard(other)), expected, "{own:?} {other:?}");
    }

    #[test]
    fn formulas() {
        check(&["var.a"], &["var.a || var.b"], Truth::Yes);
        check(&["var.a && var.b"], &["var.b"], Truth::Yes);
        check(&["var.n > 3 && !(var.b)"], &["not var.b"], Truth::Yes);
        check(&["var.a || var.b"], &["var.a"], Truth::Unknown);
        check(&["var.a && var.b"], &["!var.a"], Truth::No);
        check(&["not var.a || var.b"], &["not var.b"], Truth::Yes);
        check(&["var.a == true"], &["var.a"], Truth::Yes);
        check(&["var.a != false"], &["var.a"], Truth::Yes);
    }

    #[test]
    fn texts() {
        check(&[r#"var.env == "prod""#], &[r#"var.env != "dev""#], Truth::Yes);
        check(&[r#"var.env == "prod""#], &[r#"var.env == "dev""#], Truth::No);
        check(&[r#"var.env != "prod""#], &[r#"var.env == "dev""#], Truth::Unknown);
        check(&[r#"contains(["a", "b"], var.env)"#], &[r#""b" == var.env || var.env == "a""#], Truth::Yes);
        check(&[r#"contains(["a", "b"], var.env)"#], &[r#"var.env == "a""#], Truth::Unknown);
        check(&["var.key == null"], &[r#"var.key == """#], Truth::No);
        check(&["var.key != null"], &["not var.key == null"], Truth::Yes);
        check(&["var.n == 1"], &["var.n == 1.0"], Truth::Yes);
        check(&["var.n == 1"], &[r#"var.n == "1""#], Truth::No);
        check(&[r#"var.env == "prod""#, "var.x"], &[r#"var.env == "prod" && var.x"#], Truth::Yes);
    }

    #[test]
    fn what_is_no_formula_is_one_unknown() {
        check(&["length(var.xs) > 0"], &["length(var.xs) > 0 || var.b"], Truth::Yes);
        check(&["length(var.xs) > 0"], &["length(var.ys) > 0"], Truth::Unknown);
        check(&["length(var.xs) > 1"], &["length(var.xs) != 0"], Truth::Unknown);
        check(&["((("], &["((("], Truth::Yes);
        check(&["f #1a2b"], &["f #1a2c"], Truth::Unknown);
        check(&["Conditions.IsProd"], &["Conditions.IsTest"], Truth::Unknown);
        let many: Vec<String> = (0..12).map(|it| format!("var.v{it}")).collect();
        check(&[&many.join(" && ")], &[&format!("{} || var.z", many.join(" && "))], Truth::Unknown);
    }

    #[test]
    fn lengths() {
        let of = ["length(var.xs) > 0", "length(var.xs) != 0", "1 <= length(var.xs)", "!(length(var.xs) < 1)"];
        for it in of {
            check(&[it], &["not length(var.xs) == 0"], Truth::Yes);
            check(&["length(var.xs) == 0"], &[it], Truth::No);
            check(&["length(var.ys) == 0"], &[it], Truth::Unknown);
        }
        check(&["var.x > 0"], &["var.x != 0"], Truth::Unknown);
    }

    #[test]
    fn several_cover() {
        let own = guard(&["var.on"]);
        let of = |all: &[&[&str]]| {
            let all: Vec<Guard> = all.iter().map(|it| guard(it)).collect();
            own.covered_by(&all.iter().collect::<Vec<_>>())
        };
        assert_eq!(of(&[&["var.x"], &["not var.x"]]), Truth::Yes);
        assert_eq!(of(&[&[r#"var.e == "a""#], &[r#"var.e != "a""#]]), Truth::Yes);
        assert_eq!(of(&[&[r#"var.e == "a""#], &[r#"var.e == "b""#]]), Truth::Unknown);
        assert_eq!(of(&[&["not var.on"]]), Truth::No);
        assert_eq!(of(&[]), Truth::No);
    }
}
