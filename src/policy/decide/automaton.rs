//! The classes of texts under any set of globs: a walk over the product of their automata, shortest texts first.
//!
//! All globs are one row of bits, a bit for each position between two tokens, so that a step of all of them is a few
//! operations on words: a policy of sixty statements with wildcards has thousands of states.

use std::collections::HashSet;

use super::super::glob::{Pattern, Tok};
use super::boxes::Budget;
use super::classes::Classes;

/// How many states a walk may visit.
const MAX_STATES: usize = 4096;

#[derive(Clone, Copy)]
enum Token {
    Char(char, bool),
    One(bool),
    Many(bool),
}

/// Where each glob stands.
type State = Box<[u64]>;

/// One text of each class of the texts that start with `prefix` and look like `shape`.
pub(super) fn classes(
    patterns: &[(&Pattern, bool, bool)],
    prefix: &str,
    shape: Option<&Pattern>,
    fresh: char,
    budget: &Budget,
) -> Classes {
    let shape = shape.filter(|it| it.tokens != [Tok::Many]).map(|it| (it, false, false));
    let globs: Vec<Vec<Token>> = patterns.iter().chain(shape.as_ref()).map(|it| tokens(it.0, it.1, it.2)).collect();
    let automaton = Automaton::new(&globs);
    let mut start = automaton.start.clone();
    for c in prefix.chars() {
        start = automaton.step(&start, &automaton.moves(&globs, c));
    }
    let alphabet: Vec<(char, Moves)> =
        alphabet(&globs, fresh).into_iter().map(|it| (it, automaton.moves(&globs, it))).collect();
    let mut out = Classes { values: Vec::new(), complete: true };
    let mut outcomes: HashSet<State> = HashSet::new();
    // The start is not in it: a longer text may lead back there, and only texts that are not empty count.
    let mut seen: HashSet<State> = HashSet::new();
    // Each state with the state before it and the character between them.
    let mut queue: Vec<(State, usize, char)> = vec![(start, 0, fresh)];
    let mut at = 0;
    while let Some((state, ..)) = queue.get(at) {
        let state = state.clone();
        let outcome: State = state.iter().zip(&automaton.ends).map(|(own, end)| own & end).collect();
        // The empty text stands for the thing itself, not for something in it: it gets no class of its own here.
        if at != 0 && outcomes.insert(outcome) {
            out.values.push(text(&queue, at));
        }
        if !budget.spend(alphabet.len() * automaton.ends.len()) {
            out.complete = false;
            return out;
        }
        for (c, moves) in &alphabet {
            let next = automaton.step(&state, moves);
            if seen.contains(&next) {
                continue;
            }
            if MAX_STATES < seen.len() {
                out.complete = false;
                return out;
            }
            seen.insert(next.clone());
            queue.push((next, at, *c));
        }
        at += 1;
    }
    out
}

/// The characters that the globs tell apart.
fn alphabet(globs: &[Vec<Token>], fresh: char) -> Vec<char> {
    let mut alphabet = Vec::new();
    for token in globs.iter().flatten() {
        match token {
            Token::Char(c, true) => alphabet.extend([*c, c.to_ascii_lowercase(), c.to_ascii_uppercase()]),
            Token::Char(c, false) => alphabet.push(*c),
            Token::One(true) | Token::Many(true) => alphabet.push(':'),
            Token::One(false) | Token::Many(false) => {}
        }
    }
    alphabet.sort_unstable();
    alphabet.dedup();
    // Tried first, so that examples read well.
    alphabet.insert(0, fresh);
    alphabet
}

/// The text that leads to a state.
fn text(queue: &[(State, usize, char)], mut at: usize) -> String {
    let mut reversed = Vec::new();
    while let Some((_, before, c)) = queue.get(at).filter(|_| at != 0) {
        reversed.push(*c);
        at = *before;
    }
    reversed.into_iter().rev().collect()
}

fn tokens(pattern: &Pattern, ignore_case: bool, as_fields: bool) -> Vec<Token> {
    let mut colons = 0;
    let token = |token: &Tok| {
        // In the first five fields of an ARN a wildcard stays within its field.
        let bounded = as_fields && colons < 5;
        match token {
            Tok::Char(c) => {
                colons += usize::from(*c == ':');
                Token::Char(*c, ignore_case)
            }
            Tok::One => Token::One(bounded),
            Tok::Many | Tok::Variable(..) | Tok::Unknown(_) => Token::Many(bounded),
        }
    };
    let mut out: Vec<Token> = Vec::new();
    for token in pattern.tokens.iter().map(token) {
        match (out.last_mut(), token) {
            // Two in a row are one, and a text of many unknowns has many in a row.
            (Some(Token::Many(before)), Token::Many(bounded)) => *before &= bounded,
            _ => out.push(token),
        }
    }
    out
}

/// Globs side by side: a bit for the position before each token of each, and one for its end.
struct Automaton {
    /// Before anything is read.
    start: State,
    /// The ends.
    ends: State,
    /// Positions before a token that may stand for nothing: no two of a glob are neighbours.
    skips: State,
}

/// What a character does: from which positions it leads to the next one, and in which it stays.
struct Moves {
    on: State,
    stays: State,
}

impl Automaton {
    fn new(globs: &[Vec<Token>]) -> Self {
        let size = globs.iter().map(|it| it.len() + 1).sum::<usize>().div_ceil(64);
        let empty: State = vec![0; size].into();
        let mut out = Self { start: empty.clone(), ends: empty.clone(), skips: empty };
        let mut at = 0;
        for glob in globs {
            set(&mut out.start, at);
            for token in glob {
                if let Token::Many(_) = token {
                    set(&mut out.skips, at);
                }
                at += 1;
            }
            set(&mut out.ends, at);
            at += 1;
        }
        let mut start = out.start.clone();
        out.skip(&mut start);
        out.start = start;
        out
    }

    fn moves(&self, globs: &[Vec<Token>], c: char) -> Moves {
        let empty: State = vec![0; self.ends.len()].into();
        let mut moves = Moves { on: empty.clone(), stays: empty };
        let mut at = 0;
        for glob in globs {
            for token in glob {
                match token {
                    Token::Char(own, ignore) if *own == c || *ignore && own.eq_ignore_ascii_case(&c) => {
                        set(&mut moves.on, at);
                    }
                    Token::One(bounded) if !(*bounded && c == ':') => set(&mut moves.on, at),
                    Token::Many(bounded) if !(*bounded && c == ':') => set(&mut moves.stays, at),
                    _ => {}
                }
                at += 1;
            }
            at += 1;
        }
        moves
    }

    fn step(&self, state: &State, moves: &Moves) -> State {
        let mut carry = 0;
        let words = state.iter().zip(&moves.on).zip(&moves.stays).map(|((own, on), stays)| {
            let moved = own & on;
            let next = moved << 1 | carry | own & stays;
            carry = moved >> 63;
            next
        });
        let mut next: State = words.collect();
        self.skip(&mut next);
        next
    }

    /// Adds the positions behind tokens that may stand for nothing.
    fn skip(&self, state: &mut State) {
        let mut carry = 0;
        for (own, skips) in state.iter_mut().zip(&self.skips) {
            let moved = *own & skips;
            *own |= moved << 1 | carry;
            carry = moved >> 63;
        }
    }
}

fn set(state: &mut State, bit: usize) {
    if let Some(word) = state.get_mut(bit / 64) {
        *word |= 1 << (bit % 64);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::glob::Reading;
    use super::*;

    fn check(patterns: &[&str], prefix: &str, expected: &[&str]) {
        let compiled: Vec<_> =
            patterns.iter().map(|it| Pattern::text(it, Reading { wildcards: true, variables: false })).collect();
        let patterns: Vec<_> = compiled.iter().map(|it| (it, false, false)).collect();
        let classes = classes(&patterns, prefix, None, 'x', &Budget::new());
        assert!(classes.complete);
        assert_eq!(classes.values, expected);
    }

    #[test]
    fn shortest_text_of_each_class() {
        check(&["a*", "*b"], "", &["x", "a", "b", "ab"]);
        check(&["p/*", "p/a?"], "p/", &["x", "ax"]);
        check(&["q/*"], "p/", &["x"]);
        check(&["a**", "***b"], "", &["x", "a", "b", "ab"]);
    }
}
