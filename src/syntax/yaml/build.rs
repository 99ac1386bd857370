//! Builds the tree from parser events: aliases within a budget, merge keys, duplicate keys.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Piece, Span};
use crate::syntax::SyntaxError;
use crate::syntax::data::{Node, NodeKind, Pair, Scalar, Style, Tag, note_duplicates};

use super::MAX_DEPTH;

/// Aliases may not make the tree larger than this.
const MAX_NODES: usize = 1_000_000;

enum Open {
    Sequence(Vec<Node>),
    Mapping(Vec<Pair>, Option<Node>),
}

struct Frame {
    open: Open,
    start: Span,
    /// Where the last child is written.
    last: Option<Span>,
    tag: Option<Tag>,
    anchor: Option<usize>,
}

/// Collects nodes into documents.
pub(super) struct Builder<'t> {
    text: &'t str,
    stack: Vec<Frame>,
    /// The nodes that aliases may stand for, and their sizes; no node where keeping it would cost too much.
    anchors: BTreeMap<usize, (Option<Node>, usize)>,
    nodes: usize,
    /// Nodes kept for aliases: an anchor around another keeps a copy of each.
    kept: usize,
    pub documents: Vec<Node>,
    pub errors: Vec<SyntaxError>,
}

impl<'t> Builder<'t> {
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            stack: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
            kept: 0,
            documents: Vec::new(),
            errors: Vec::new(),
        }
    }

    pub fn scalar(&mut self, pieces: Vec<Piece>, style: Style, span: Span, tag: Option<Tag>, anchor: Option<usize>) {
        let node = Node { kind: NodeKind::Scalar(Scalar { pieces, style }), span, tag };
        self.finish(node, anchor);
    }

    /// Opens a collection; `false` where it is nested too deeply.
    pub fn open(&mut self, mapping: bool, start: Span, tag: Option<Tag>, anchor: Option<usize>) -> bool {
        let open = if mapping { Open::Mapping(Vec::new(), None) } else { Open::Sequence(Vec::new()) };
        self.stack.push(Frame { open, start, last: None, tag, anchor });
        self.stack.len() <= MAX_DEPTH
    }

    pub fn close(&mut self, end: Span) {
        let Some(frame) = self.stack.pop() else { return };
        // A block collection ends where the next token begins: pull the end back to its last child.
        let last = frame.last;
        let flow = self.text.get(frame.start.range()).is_some_and(|it| it.starts_with(['[', '{']));
        let span = match last {
            Some(last) if !flow => frame.start.to(last),
            _ => frame.start.to(end),
        };
        let kind = match frame.open {
            Open::Sequence(items) => NodeKind::Sequence(items),
            Open::Mapping(pairs, _) => {
                note_duplicates(&pairs, self.text, &mut self.errors);
                NodeKind::Mapping(merge(pairs))
            }
        };
        self.finish(Node { kind, span, tag: frame.tag }, frame.anchor);
    }

    pub fn alias(&mut self, anchor: usize, span: Span) {
        let node = match self.anchors.get(&anchor) {
            Some((Some(node), size)) if self.nodes + size <= MAX_NODES => {
                self.nodes += size;
                // Findings in the expanded copy point at where the text is.
                node.clone()
            }
            found => {
                let message = match found {
                    Some(_) => format!("aliases expand to more than {MAX_NODES} nodes"),
                    None => "this alias has no anchor".to_owned(),
                };
                if !self.errors.iter().any(|it| it.message == message) {
                    self.errors.push(SyntaxError {
                        at: span,
                        message,
                        help: None,
                        kind: crate::syntax::ErrorKind::Loses,
                    });
                }
                let scalar = Scalar { pieces: Vec::new(), style: Style::Plain };
                Node { kind: NodeKind::Scalar(scalar), span, tag: None }
            }
        };
        self.place(node, span);
    }

    fn finish(&mut self, node: Node, anchor: Option<usize>) {
        self.nodes += 1;
        if let Some(anchor) = anchor {
            let size = count(&node);
            self.kept = self.kept.saturating_add(size);
            let kept = (self.kept <= MAX_NODES).then(|| node.clone());
            self.anchors.insert(anchor, (kept, size));
        }
        let at = node.span;
        self.place(node, at);
    }

    /// Puts a node where it belongs. `at` is where it is written: of an alias not where its text is.
    fn place(&mut self, node: Node, at: Span) {
        if let Some(frame) = self.stack.last_mut() {
            frame.last = Some(at);
        }
        match self.stack.last_mut().map(|it| &mut it.open) {
            None => self.documents.push(node),
            Some(Open::Sequence(items)) => items.push(node),
            Some(Open::Mapping(pairs, key)) => match key.take() {
                None => *key = Some(node),
                Some(key) => pairs.push(Pair { key, value: node }),
            },
        }
    }
}

fn count(node: &Node) -> usize {
    match &node.kind {
        NodeKind::Scalar(_) => 1,
        NodeKind::Sequence(items) => 1 + items.iter().map(count).sum::<usize>(),
        NodeKind::Mapping(pairs) => 1 + pairs.iter().map(|it| count(&it.key) + count(&it.value)).sum::<usize>(),
    }
}

/// Resolves `<<`: the mapping's own keys win, then the merged ones in order.
fn merge(pairs: Vec<Pair>) -> Vec<Pair> {
    let is_merge =
        |it: &Pair| matches!(&it.key.kind, NodeKind::Scalar(key) if key.style == Style::Plain && key.text() == "<<");
    if !pairs.iter().any(is_merge) {
        return pairs;
    }
    let (merges, mut own): (Vec<_>, Vec<_>) = pairs.into_iter().partition(is_merge);
    let sources = merges.iter().flat_map(|it| match &it.value.kind {
        NodeKind::Sequence(items) => items.iter().collect::<Vec<_>>(),
        _ => vec![&it.value],
    });
    let mut known: BTreeSet<Option<String>> = own.iter().map(|it| it.key.text()).collect();
    for pair in sources.flat_map(Node::entries) {
        if known.insert(pair.key.text()) {
            own.push(pair.clone());
        }
    }
    own
}
