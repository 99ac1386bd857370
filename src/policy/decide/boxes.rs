//! Boxes and their subtraction. A box is a set of requests: for each dimension the classes of values it admits, one bit
//! each. The classes of a dimension are the ones that the policy can tell apart, so this is exact.

use std::cell::Cell;

/// The classes of one dimension.
pub(super) type Bits = u128;
/// How many classes a dimension may have.
pub(super) const MAX_CLASSES: usize = 128;
/// How many boxes a question may visit.
const MAX_PIECES: usize = 50_000;
/// How many small steps all questions about one policy may take together: a second or so.
const MAX_WORK: u64 = 20_000_000;

/// The work that is left for a policy. Once it is spent, answers are *unknown (limit)*.
pub(super) struct Budget(Cell<u64>);

impl Budget {
    pub(super) fn new() -> Self {
        Self(Cell::new(MAX_WORK))
    }

    /// Takes some steps; false where they are no longer there.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let left = self.0.get().checked_sub(steps as u64);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// The outcome of a search.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    /// A box that no Deny touches; no dimension is empty.
    Piece(Vec<Bits>),
    /// Nothing is left.
    Nothing,
    /// The search was given up.
    Limit,
}

/// Whether something of `start` is outside of all `denied`.
pub(super) fn subtract(start: &[Bits], denied: &[&[Bits]], budget: &Budget) -> Found {
    if start.contains(&0) {
        return Found::Nothing;
    }
    // What is still to look at: a box, and the first Deny it has not met. A stack, for no input may exhaust ours.
    let mut open = vec![(start.to_vec(), 0)];
    let mut seen = 0;
    while let Some((mut piece, first)) = open.pop() {
        seen += 1;
        if MAX_PIECES < seen || !budget.spend(denied.len() * start.len() + 1) {
            return Found::Limit;
        }
        let touches = |deny: &&[Bits]| piece.iter().zip(*deny).all(|(a, b)| a & b != 0);
        let Some((at, deny)) = denied.iter().enumerate().skip(first).find(|(_, it)| touches(it)) else {
            return Found::Piece(piece);
        };
        // Per dimension: what lies outside of the Deny there, and within it in the dimensions before.
        let mut pieces = Vec::new();
        for dimension in 0..piece.len() {
            let (Some(own), Some(other)) = (piece.get(dimension).copied(), deny.get(dimension).copied()) else {
                continue;
            };
            let (outside, inside) = (own & !other, own & other);
            if outside != 0 {
                let mut outer = piece.clone();
                if let Some(it) = outer.get_mut(dimension) {
                    *it = outside;
                }
                pieces.push((outer, at + 1));
            }
            if let Some(it) = piece.get_mut(dimension) {
                *it = inside;
            }
        }
        open.extend(pieces.into_iter().rev());
    }
    Found::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(start: &[Bits], denied: &[&[Bits]]) -> Found {
        subtract(start, denied, &Budget::new())
    }

    #[test]
    fn what_is_left() {
        assert_eq!(left(&[0b11, 0b11], &[]), Found::Piece(vec![0b11, 0b11]));
        assert_eq!(left(&[0b11, 0b11], &[&[0b01, 0b11], &[0b10, 0b11]]), Found::Nothing);
        assert_eq!(left(&[0b11, 0b11], &[&[0b01, 0b11], &[0b10, 0b01]]), Found::Piece(vec![0b10, 0b10]));
        assert_eq!(left(&[0b11, 0], &[]), Found::Nothing);
        // A dimension-less question: everything is denied, or nothing.
        assert_eq!(left(&[], &[&[]]), Found::Nothing);
    }
}
