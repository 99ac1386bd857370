//! Chains that are longer than hcl-edit's limits (128 operators, 64 conditionals): split at their weakest operators.

use std::ops::Range;

use super::ast::{BinaryOp, Expr, ExprKind};
use super::parse::{MAX_DEPTH, Parser};
use super::scan::{Scanner, is_identifier_byte};

/// An operator outside of brackets, by its offset in the text.
struct Operator {
    range: Range<usize>,
    kind: Sign,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Question,
    Colon,
    Binary(BinaryOp),
}

/// Splits an expression that is too long. `masked` is its copy without comments, which begins at `base` of the text.
pub(super) fn split(parser: &mut Parser<'_>, masked: &str, base: usize) -> Option<Expr> {
    let operators = operators(masked);
    let whole = base..base + masked.len();
    let question = operators.iter().position(|it| it.kind == Sign::Question);
    let kind = match question {
        Some(at) => conditional(parser, &operators, at, &whole)?,
        None => binary(parser, &operators, &whole)?,
    };
    Some(Expr { kind, span: parser.text.span(whole) })
}

fn conditional(parser: &mut Parser<'_>, operators: &[Operator], at: usize, whole: &Range<usize>) -> Option<ExprKind> {
    let question = operators.get(at)?;
    let mut open = 0;
    let colon = operators.iter().skip(at).find(|it| {
        match it.kind {
            Sign::Question => open += 1,
            Sign::Colon => open -= 1,
            Sign::Binary(_) => (),
        }
        open == 0
    })?;
    let base = whole.start;
    let condition = parser.operand(base..base + question.range.start);
    let then = parser.operand(base + question.range.end..base + colon.range.start);
    let otherwise = parser.operand(base + colon.range.end..whole.end);
    Some(ExprKind::Conditional(Box::new([condition, then, otherwise])))
}

fn binary(parser: &mut Parser<'_>, operators: &[Operator], whole: &Range<usize>) -> Option<ExprKind> {
    let weakest = operators.iter().filter_map(|it| strength(it.kind)).min()?;
    let mut start = whole.start;
    let mut operands = Vec::new();
    let mut signs = Vec::new();
    for operator in operators.iter().filter(|it| strength(it.kind) == Some(weakest)) {
        operands.push(parser.operand(start..whole.start + operator.range.start));
        start = whole.start + operator.range.end;
        if let Sign::Binary(it) = operator.kind {
            signs.push(it);
        }
    }
    operands.push(parser.operand(start..whole.end));
    // `a && b && c` means the same however it is grouped: a balanced tree stays shallow.
    if matches!(signs.first(), Some(BinaryOp::And | BinaryOp::Or)) {
        let sign = *signs.first()?;
        return Some(balanced(operands, sign)?.kind);
    }
    if MAX_DEPTH < signs.len() {
        return None;
    }
    let mut operands = operands.into_iter();
    let first = operands.next()?;
    Some(operands.zip(signs).fold(first, |left, (right, sign)| join(left, sign, right)).kind)
}

fn balanced(mut operands: Vec<Expr>, sign: BinaryOp) -> Option<Expr> {
    if operands.len() < 2 {
        return operands.pop();
    }
    let right = operands.split_off(operands.len() / 2);
    Some(join(balanced(operands, sign)?, sign, balanced(right, sign)?))
}

fn join(left: Expr, sign: BinaryOp, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr { kind: ExprKind::Binary(sign, Box::new([left, right])), span }
}

/// HCL's precedence: <https://developer.hashicorp.com/terraform/language/expressions/operators>.
fn strength(sign: Sign) -> Option<u8> {
    let Sign::Binary(operator) = sign else { return None };
    Some(match operator {
        BinaryOp::Or => 0,
        BinaryOp::And => 1,
        BinaryOp::Equal | BinaryOp::NotEqual => 2,
        BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => 3,
        BinaryOp::Add | BinaryOp::Subtract => 4,
        BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => 5,
    })
}

/// The operators outside of brackets and strings, in order.
fn operators(text: &str) -> Vec<Operator> {
    let mut out = Vec::new();
    let mut scanner = Scanner::new(text, 0..text.len());
    let mut start = 0;
    let mut outside = true;
    while let Some(token) = scanner.next() {
        if outside {
            in_code(text, start..token.start, &mut out);
        }
        outside = scanner.stack.is_empty();
        start = token.end;
    }
    if outside {
        in_code(text, start..text.len(), &mut out);
    }
    out
}

fn in_code(text: &str, range: Range<usize>, out: &mut Vec<Operator>) {
    let bytes = text.as_bytes().get(..range.end).unwrap_or_default();
    let mut at = range.start;
    while let Some(rest) = bytes.get(at..).filter(|it| !it.is_empty()) {
        let (kind, length) = match rest {
            [b':', b':', ..] => (None, 2),
            [b'?', ..] => (Some(Sign::Question), 1),
            [b':', ..] => (Some(Sign::Colon), 1),
            [b'|', b'|', ..] => (Some(Sign::Binary(BinaryOp::Or)), 2),
            [b'&', b'&', ..] => (Some(Sign::Binary(BinaryOp::And)), 2),
            [b'=', b'=', ..] => (Some(Sign::Binary(BinaryOp::Equal)), 2),
            [b'!', b'=', ..] => (Some(Sign::Binary(BinaryOp::NotEqual)), 2),
            [b'<', b'=', ..] => (Some(Sign::Binary(BinaryOp::LessOrEqual)), 2),
            [b'>', b'=', ..] => (Some(Sign::Binary(BinaryOp::GreaterOrEqual)), 2),
            [b'<', ..] => (Some(Sign::Binary(BinaryOp::Less)), 1),
            [b'>', ..] => (Some(Sign::Binary(BinaryOp::Greater)), 1),
            [b'+', ..] => (Some(Sign::Binary(BinaryOp::Add)), 1),
            [b'/', ..] => (Some(Sign::Binary(BinaryOp::Divide)), 1),
            [b'%', ..] => (Some(Sign::Binary(BinaryOp::Modulo)), 1),
            [b'*', ..] if after_operand(bytes, at) => (Some(Sign::Binary(BinaryOp::Multiply)), 1),
            [b'-', ..] if after_operand(bytes, at) => (Some(Sign::Binary(BinaryOp::Subtract)), 1),
            // A name may hold hyphens.
            [first, ..] if is_identifier_byte(*first) && !matches!(first, b'-' | b'0'..=b'9') => {
                (None, rest.iter().take_while(|it| is_identifier_byte(**it)).count())
            }
            _ => (None, 1),
        };
        out.extend(kind.map(|kind| Operator { range: at..at + length, kind }));
        at += length;
    }
}

/// Whether an operand ends before `at`: what follows is then no sign and no splat.
fn after_operand(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default().trim_ascii_end();
    before
        .last()
        .is_some_and(|it| is_identifier_byte(*it) && *it != b'-' || matches!(it, b')' | b']' | b'}' | b'"' | b'*'))
}
