//! Operators, three-valued where an operand is not known.

use crate::source::Span;
use crate::syntax::hcl::{BinaryOp, Expr, UnaryOp};
use crate::value::{Class, Kind, Number, Origin, Scalar, Symbol, Truth, Val, ops};

use super::{Evaluated, Scope, World, failure, is_unknown, why_of};

impl World<'_> {
    pub(super) fn unary(&self, operator: UnaryOp, inner: &Expr, at: Span, scope: &Scope) -> Evaluated {
        let value = self.eval(inner, scope)?;
        let kind = match (operator, value.as_bool(), as_number(&value)) {
            (UnaryOp::Not, Some(it), _) => Kind::Bool(!it),
            (UnaryOp::Negate, _, Some(it)) => Kind::Number(Number::new(-it)),
            (UnaryOp::Not, ..) if is_open(&value) => {
                let open = open(format!("!({})", self.text_of(&value)), &value, at);
                return Ok(Val { scalar: Some(Scalar::Bool), ..open });
            }
            (UnaryOp::Negate, ..) if is_open(&value) => {
                let open = open(format!("-{}", self.text_of(&value)), &value, at);
                return Ok(Val { scalar: Some(Scalar::Number), ..open });
            }
            _ => return Err(failure(at, "this operator does not take such a value".to_owned())),
        };
        Ok(Val::new(kind, Origin::at(at)))
    }

    pub(super) fn binary(&self, operator: BinaryOp, left: &Expr, right: &Expr, at: Span, scope: &Scope) -> Evaluated {
        let (a, b) = (self.eval(left, scope)?, self.eval(right, scope)?);
        // Each alternative by itself, where the other operand is one value.
        let decided = |it: &Val| matches!(it.kind, Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Null);
        let is_choice = |it: &Val| matches!(&it.kind, Kind::Choice(all) if all.iter().all(|it| decided(&it.value)));
        if (is_choice(&a) && decided(&b)) || (decided(&a) && is_choice(&b)) {
            let one = |args: &[Val]| match args {
                [a, b] => self.operate(operator, a, b, at).map_err(|it| it.message),
                _ => Err("an operator takes two values".to_owned()),
            };
            let lifted = ops::lift(&[a, b], &Origin::at(at), &one);
            return lifted.or_else(|message| self.refusal(failure(at, message)));
        }
        self.operate(operator, &a, &b, at)
    }

    fn operate(&self, operator: BinaryOp, a: &Val, b: &Val, at: Span) -> Evaluated {
        let done = |kind| Ok(Val::new(kind, Origin::at(at)));
        match operator {
            BinaryOp::And | BinaryOp::Or => {
                let or = operator == BinaryOp::Or;
                match (a.as_bool(), b.as_bool()) {
                    (Some(a), Some(b)) => return done(Kind::Bool(if or { a || b } else { a && b })),
                    // One side decides, whatever the other is.
                    (Some(it), None) | (None, Some(it)) if it == or => return done(Kind::Bool(or)),
                    (Some(_), None) => return Ok(b.clone()),
                    (None, Some(_)) => return Ok(a.clone()),
                    (None, None) => (),
                }
            }
            BinaryOp::Equal | BinaryOp::NotEqual => {
                let truth = if differ(a, b) { Truth::No } else { ops::equal(a, b) };
                if truth != Truth::Unknown {
                    return done(Kind::Bool((truth == Truth::Yes) == (operator == BinaryOp::Equal)));
                }
            }
            _ => {
                if let (Some(a), Some(b)) = (as_number(a), as_number(b)) {
                    return done(arithmetic(operator, a, b));
                }
            }
        }
        if !is_open(a) && !is_open(b) {
            return Err(failure(at, "this operator does not take such values".to_owned()));
        }
        let source = if is_open(a) { a } else { b };
        let text = match operator {
            BinaryOp::NotEqual => format!("!({} == {})", self.operand(a), self.operand(b)),
            _ => format!("{} {} {}", self.operand(a), sign(operator), self.operand(b)),
        };
        let is_arithmetic = matches!(
            operator,
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo
        );
        let scalar = Some(if is_arithmetic { Scalar::Number } else { Scalar::Bool });
        Ok(Val { scalar, ..open(text, source, at) })
    }

    /// An operand in the text of an operation: in parentheses where it is an operation itself.
    fn operand(&self, value: &Val) -> String {
        let text = self.text_of(value);
        let is_operation = matches!(value.kind, Kind::Choice(_)) || (is_unknown(value) && is_operation(&text));
        if is_operation { format!("({text})") } else { text }
    }
}

/// Whether the types of two values are known and differ: no two such values are equal, whatever they are. Null is equal to null only,
/// and an unknown may turn out to be it.
fn differ(a: &Val, b: &Val) -> bool {
    let collection = |it: &Val| matches!(it.kind, Kind::List(_) | Kind::Map(_));
    match (a.scalar_type(), b.scalar_type()) {
        (Some(a), Some(b)) => a != b,
        (Some(_), None) => collection(b),
        (None, Some(_)) => collection(a),
        (None, None) => false,
    }
}

/// Whether a text has an operator outside brackets and quotes.
pub(super) fn is_operation(text: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
    for letter in text.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => (),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ' ' if depth == 0 => return true,
            _ => (),
        }
    }
    false
}

/// Whether a value is unknown or undecided, so that an operator cannot take it.
fn is_open(value: &Val) -> bool {
    is_unknown(value) || value.why().is_some()
}

fn open(text: String, source: &Val, at: Span) -> Val {
    Val::unknown(Symbol::new(text, ""), Class::Any, why_of(source, at), Origin::at(at))
}

pub(super) fn as_number(value: &Val) -> Option<f64> {
    match &value.kind {
        Kind::Number(it) => Some(it.value),
        Kind::String(text) => text.known()?.parse().ok(),
        _ => None,
    }
}

fn arithmetic(operator: BinaryOp, a: f64, b: f64) -> Kind {
    let number = |it: f64| Kind::Number(Number::new(it));
    match operator {
        BinaryOp::Less => Kind::Bool(a < b),
        BinaryOp::LessOrEqual => Kind::Bool(a <= b),
        BinaryOp::Greater => Kind::Bool(b < a),
        BinaryOp::GreaterOrEqual => Kind::Bool(b <= a),
        BinaryOp::Add => number(a + b),
        BinaryOp::Subtract => number(a - b),
        BinaryOp::Multiply => number(a * b),
        BinaryOp::Divide => number(a / b),
        BinaryOp::Modulo => number(a % b),
        BinaryOp::Or | BinaryOp::And | BinaryOp::Equal | BinaryOp::NotEqual => Kind::Null,
    }
}

fn sign(operator: BinaryOp) -> &'static str {
    match operator {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
    }
}
