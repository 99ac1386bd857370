//! How a place of the code is called, so that it is called the same when something changes elsewhere in its file: by what stands there, and
//! in which block.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::source::{FileId, Sources, Span};

/// In a longer block (bytes) what is before a place is not searched: a file of one line may have thousands of places.
const MAX_SEARCHED: usize = 64 * 1024;

/// The names of the places of a run.
#[derive(Default)]
pub(super) struct Spots {
    heads: HashMap<FileId, Vec<Head>>,
    known: HashMap<Span, u64>,
}

/// A line that begins at the left margin, as the first of a block does.
struct Head {
    start: u32,
    end: u32,
    /// How many before it say the same.
    count: usize,
}

/// What tells a place from others of its block where the same stands.
#[derive(Hash)]
enum Order {
    /// How many come before it.
    Number(usize),
    /// Where in the block it begins.
    At(u32),
}

impl Spots {
    /// The name of a place: no other place has it.
    pub fn name(&mut self, sources: &Sources, at: Span) -> u64 {
        if let Some(known) = self.known.get(&at) {
            return *known;
        }
        let file = sources.file(at.file);
        let text = sources.text(at.file);
        let heads = self.heads.entry(at.file).or_insert_with(|| heads(&text));
        let head = heads.partition_point(|it| it.start <= at.start).checked_sub(1).and_then(|it| heads.get(it));
        let (start, count) = head.map_or((0, 0), |it| (it.start, it.count));
        let header = head.and_then(|it| text.get(it.start as usize..it.end as usize)).unwrap_or_default();
        let own = text.get(at.range()).unwrap_or_default();
        let before = text.get(start as usize..at.start as usize).unwrap_or_default();
        let mut hasher = DefaultHasher::new();
        (&file.path, header, count, own).hash(&mut hasher);
        // Where nothing stands, nothing is counted.
        let order = match own.is_empty() || MAX_SEARCHED < before.len() {
            true => Order::At(at.start - start),
            false => Order::Number(memchr::memmem::find_iter(before.as_bytes(), own.as_bytes()).count()),
        };
        order.hash(&mut hasher);
        let name = hasher.finish();
        self.known.insert(at, name);
        name
    }
}

fn heads(text: &str) -> Vec<Head> {
    let (mut found, mut counts) = (Vec::new(), HashMap::<&str, usize>::new());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let bare = line.trim_end();
        if !bare.is_empty() && !line.starts_with([' ', '\t', '}', ')', ']', '#', '/']) {
            let count = counts.entry(bare).or_default();
            let place = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
            found.push(Head { start: place(start), end: place(start + bare.len()), count: *count });
            *count += 1;
        }
        start = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;
    use std::path::Path;

    #[test]
    fn places_have_names_of_their_own() {
        let block = |name: &str| format!("resource \"x\" \"{name}\" {{\n  a = f(v)\n  b = f(v)\n}}\n");
        let names = |text: &str| {
            let sources = Sources::new(Box::new(Memory::default()));
            let file = sources.add(Path::new("main.tf"), text);
            let mut spots = Spots::default();
            let at = |it: (usize, &str)| Span::of(file, it.0..it.0 + it.1.len());
            text.match_indices("f(v)").map(|it| spots.name(&sources, at(it))).collect::<Vec<u64>>()
        };
        let was = names(&[block("a"), block("b"), block("b")].concat());
        let mut own = was.clone();
        own.sort_unstable();
        own.dedup();
        assert_eq!(own.len(), 6);
        // What comes elsewhere in the file changes no name.
        let now = names(&["# a word\n\nlocals {}\n", &block("a"), &block("c"), &block("b"), &block("b")].concat());
        assert_eq!([&now[..2], &now[4..]].concat(), was);
        // So it is in a block that is not searched.
        let long =
            names(&format!("locals {{\n{}  a = f(v)\n  b = f(v)\n}}\n", "  # a word\n".repeat(MAX_SEARCHED / 8)));
        assert!(long.len() == 2 && long[0] != long[1]);
    }
}
