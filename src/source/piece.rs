//! A piece of text with its place, where the file has exactly this text there.

use std::sync::Arc;

use super::Span;

/// A literal piece. Where `at` is given, the text stands in the file letter for letter, so that a position inside the
/// piece is a position in the file. Unescaping and dedenting split text into pieces.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Piece {
    /// The text after unescaping.
    pub text: Arc<str>,
    /// Its place, when the file has exactly this text there.
    pub at: Option<Span>,
}
