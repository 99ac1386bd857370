//! Tokens → tree, by precedence as CEL has it.

use std::ops::Range;

use super::ExprError;
use super::ast::{Expr, ExprKind, Macro, Operator};
use super::lexer::{Token, tokens};

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 64;

/// Parses an expression.
///
/// # Errors
/// The first mistake with its place.
pub(crate) fn parse(text: &str) -> Result<Expr, ExprError> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, end: text.len(), depth: 0 };
    let expr = parser.conditional()?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.error("expected an operator or the end")),
    }
}

struct Parser<'t> {
    tokens: Vec<(Token<'t>, Range<usize>)>,
    at: usize,
    end: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn place(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, at)| at.clone())
    }

    fn error(&self, message: &str) -> ExprError {
        let found = match self.peek() {
            None => "the end".to_owned(),
            Some(Token::Name(name)) => format!("`{name}`"),
            Some(Token::Number(number)) => format!("`{number}`"),
            Some(Token::Text(text)) => format!("{text:?}"),
            Some(Token::Sign(sign)) => format!("`{sign}`"),
        };
        ExprError { message: format!("{message}, found {found}"), at: self.place() }
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(it)) if *it == sign);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, sign: &str) -> Result<(), ExprError> {
        if self.take(sign) { Ok(()) } else { Err(self.error(&format!("expected `{sign}`"))) }
    }

    fn name(&mut self, what: &str) -> Result<&'t str, ExprError> {
        match self.peek() {
            Some(&Token::Name(name)) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.error(&format!("expected {what}"))),
        }
    }

    fn conditional(&mut self) -> Result<Expr, ExprError> {
        self.depth += 1;
        if MAX_DEPTH < self.depth {
            return Err(self.error("the expression is nested too deeply"));
        }
        let condition = self.binary(0)?;
        let expr = if self.take("?") {
            let yes = self.conditional()?;
            self.need(":")?;
            let no = self.conditional()?;
            let at = condition.at.start..no.at.end;
            let kind = ExprKind::Conditional(Box::new(condition), Box::new(yes), Box::new(no));
            Expr { kind, at }
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn binary(&mut self, level: usize) -> Result<Expr, ExprError> {
        const LEVELS: [&[(&str, Operator)]; 4] = [
            &[("||", Operator::Or)],
            &[("&&", Operator::And)],
            &[
                ("==", Operator::Equal),
                ("!=", Operator::NotEqual),
                ("<=", Operator::LessOrEqual),
                (">=", Operator::GreaterOrEqual),
                ("<", Operator::Less),
                (">", Operator::Greater),
                ("in", Operator::In),
            ],
            &[("+", Operator::Add)],
        ];
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            let right = self.binary(level + 1)?;
            let at = left.at.start..right.at.end;
            left = Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), at };
        }
        Ok(left)
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        let found = match self.peek()? {
            Token::Sign(sign) => operators.iter().find(|(it, _)| it == sign),
            Token::Name("in") => operators.iter().find(|(it, _)| *it == "in"),
            _ => None,
        }?;
        self.at += 1;
        Some(found.1)
    }

    fn unary(&mut self) -> Result<Expr, ExprError> {
        let start = self.place().start;
        self.depth += 1;
        if MAX_DEPTH < self.depth {
            return Err(self.error("the expression is nested too deeply"));
        }
        let kind = if self.take("!") {
            Some(ExprKind::Not(Box::new(self.unary()?)))
        } else if self.take("-") {
            Some(ExprKind::Negate(Box::new(self.unary()?)))
        } else {
            None
        };
        self.depth -= 1;
        match kind {
            Some(kind) => Ok(Expr { kind, at: start..self.last_end() }),
            None => self.postfix(),
        }
    }

    fn last_end(&self) -> usize {
        self.at.checked_sub(1).and_then(|it| self.tokens.get(it)).map_or(0, |(_, at)| at.end)
    }

    fn postfix(&mut self) -> Result<Expr, ExprError> {
        let mut expr = self.primary()?;
        loop {
            let start = expr.at.start;
            let kind = if self.take(".") {
                let name = self.name("a field or a method")?;
                if self.take("(") { self.method(expr, name)? } else { ExprKind::Field(Box::new(expr), name.to_owned()) }
            } else if self.take("[") {
                let index = self.conditional()?;
                self.need("]")?;
                ExprKind::Index(Box::new(expr), Box::new(index))
            } else {
                return Ok(expr);
            };
            expr = Expr { kind, at: start..self.last_end() };
        }
    }

    fn method(&mut self, receiver: Expr, name: &str) -> Result<ExprKind, ExprError> {
        let kind = match name {
            "all" => Some(Macro::All),
            "exists" => Some(Macro::Exists),
            "exists_one" => Some(Macro::ExistsOne),
            "filter" => Some(Macro::Filter),
            "map" => Some(Macro::Map),
            _ => None,
        };
        let Some(kind) = kind else {
            let args = self.args()?;
            return Ok(ExprKind::Method(Box::new(receiver), name.to_owned(), args));
        };
        let variable = self.name("the name of a variable")?;
        self.need(",")?;
        let body = self.conditional()?;
        self.need(")")?;
        Ok(ExprKind::Macro(kind, Box::new(receiver), variable.to_owned(), Box::new(body)))
    }

    fn args(&mut self) -> Result<Vec<Expr>, ExprError> {
        let mut args = Vec::new();
        if self.take(")") {
            return Ok(args);
        }
        loop {
            args.push(self.conditional()?);
            if self.take(")") {
                return Ok(args);
            }
            self.need(",")?;
        }
    }

    fn primary(&mut self) -> Result<Expr, ExprError> {
        let at = self.place();
        let kind = match self.peek().cloned() {
            Some(Token::Number(number)) => {
                self.at += 1;
                ExprKind::Number(number)
            }
            Some(Token::Text(text)) => {
                self.at += 1;
                ExprKind::Text(text.into_owned())
            }
            Some(Token::Name(name)) => {
                self.at += 1;
                match name {
                    "true" => ExprKind::Bool(true),
                    "false" => ExprKind::Bool(false),
                    _ if self.take("(") => ExprKind::Call(name.to_owned(), self.args()?),
                    _ => ExprKind::Name(name.to_owned()),
                }
            }
            Some(Token::Sign("(")) => {
                self.at += 1;
                let inner = self.conditional()?;
                self.need(")")?;
                return Ok(inner);
            }
            Some(Token::Sign("[")) => {
                self.at += 1;
                let mut items = Vec::new();
                while !self.take("]") {
                    items.push(self.conditional()?);
                    if !self.take(",") {
                        self.need("]")?;
                        break;
                    }
                }
                ExprKind::List(items)
            }
            _ => return Err(self.error("expected a value")),
        };
        Ok(Expr { kind, at: at.start..self.last_end() })
    }
}
