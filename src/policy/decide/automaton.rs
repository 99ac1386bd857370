//! The classes of texts under any set of globs: a walk over the product of their automata, shortest texts first.

use std::collections::{HashSet, VecDeque};

use super::super::glob::{Pattern, Tok};
use super::boxes::Budget;
use super::classes::Classes;

/// How many states a walk may visit.
const MAX_STATES: usize = 4096;

/// One glob as an automaton: positions between its tokens; bit `n` is the position before token `n`.
struct Glob {
    tokens: Vec<Token>,
    words: usize,
}

#[derive(Clone, Copy)]
enum Token {
    Char(char, bool),
    One(bool),
    Many(bool),
}

type State = Vec<u64>;

/// One text of each class of the texts that start with `prefix` and look like `shape`.
pub(super) fn classes(
    patterns: &[(&Pattern, bool, bool)],
    prefix: &str,
    shape: Option<&Pattern>,
    fresh: char,
    budget: &Budget,
) -> Classes {
    let shape = shape.filter(|it| it.tokens != [Tok::Many]).map(|it| (it, false, false));
    let globs: Vec<Glob> = patterns.iter().chain(shape.as_ref()).map(|it| Glob::new(it.0, it.1, it.2)).collect();
    let mut alphabet = Vec::new();
    for token in globs.iter().flat_map(|it| &it.tokens) {
        let Token::Char(c, ignore_case) = token else { continue };
        alphabet.push(*c);
        if *ignore_case {
            alphabet.extend([c.to_ascii_lowercase(), c.to_ascii_uppercase()]);
        }
    }
    if globs.iter().flat_map(|it| &it.tokens).any(|it| matches!(it, Token::One(true) | Token::Many(true))) {
        alphabet.push(':');
    }
    alphabet.sort_unstable();
    alphabet.dedup();
    // Tried first, so that examples read well.
    alphabet.insert(0, fresh);
    let mut start: Vec<State> = globs.iter().map(Glob::start).collect();
    for c in prefix.chars() {
        start = globs.iter().zip(&start).map(|(glob, state)| glob.step(state, c)).collect();
    }
    let mut out = Classes { values: Vec::new(), complete: true };
    let mut outcomes: HashSet<Vec<bool>> = HashSet::new();
    // The start is not in it: a longer text may lead back there, and only texts that are not empty count.
    let mut seen: HashSet<Vec<State>> = HashSet::new();
    let mut queue = VecDeque::from([(start, String::new())]);
    while let Some((state, text)) = queue.pop_front() {
        let outcome: Vec<bool> = globs.iter().zip(&state).map(|(glob, state)| glob.accepts(state)).collect();
        // The empty text stands for the thing itself, not for something in it: it gets no class of its own here.
        if !text.is_empty() && outcomes.insert(outcome) {
            out.values.push(text.clone());
        }
        if !budget.spend(alphabet.len() * globs.len()) {
            out.complete = false;
            return out;
        }
        for c in &alphabet {
            let next: Vec<State> = globs.iter().zip(&state).map(|(glob, state)| glob.step(state, *c)).collect();
            if seen.contains(&next) {
                continue;
            }
            if MAX_STATES < seen.len() {
                out.complete = false;
                return out;
            }
            seen.insert(next.clone());
            let mut text = text.clone();
            text.push(*c);
            queue.push_back((next, text));
        }
    }
    out
}

impl Glob {
    fn new(pattern: &Pattern, ignore_case: bool, as_fields: bool) -> Self {
        let mut colons = 0;
        let mut tokens = Vec::with_capacity(pattern.tokens.len());
        for token in &pattern.tokens {
            // In the first five fields of an ARN a wildcard stays within its field.
            let bounded = as_fields && colons < 5;
            tokens.push(match token {
                Tok::Char(c) => {
                    colons += usize::from(*c == ':');
                    Token::Char(*c, ignore_case)
                }
                Tok::One => Token::One(bounded),
                Tok::Many | Tok::Variable(..) | Tok::Unknown(_) => Token::Many(bounded),
            });
        }
        let words = tokens.len() / 64 + 1;
        Self { tokens, words }
    }

    fn start(&self) -> State {
        let mut state = vec![0; self.words];
        self.enter(&mut state, 0);
        state
    }

    /// Adds a position, and those after it that need no character.
    fn enter(&self, state: &mut State, mut position: usize) {
        loop {
            if let Some(word) = state.get_mut(position / 64) {
                *word |= 1 << (position % 64);
            }
            if !matches!(self.tokens.get(position), Some(Token::Many(_))) {
                return;
            }
            position += 1;
        }
    }

    fn step(&self, state: &State, c: char) -> State {
        let mut next = vec![0; self.words];
        for (at, word) in state.iter().enumerate() {
            let mut word = *word;
            while word != 0 {
                let position = at * 64 + word.trailing_zeros() as usize;
                word &= word - 1;
                match self.tokens.get(position) {
                    Some(Token::Char(own, ignore)) if *own == c || *ignore && own.eq_ignore_ascii_case(&c) => {
                        self.enter(&mut next, position + 1);
                    }
                    Some(Token::One(bounded)) if !(*bounded && c == ':') => self.enter(&mut next, position + 1),
                    Some(Token::Many(bounded)) if !(*bounded && c == ':') => self.enter(&mut next, position),
                    _ => {}
                }
            }
        }
        next
    }

    fn accepts(&self, state: &State) -> bool {
        let end = self.tokens.len();
        state.get(end / 64).is_some_and(|it| it >> (end % 64) & 1 == 1)
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
    }
}
