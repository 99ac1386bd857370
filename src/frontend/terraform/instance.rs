//! Instances: a module called from somewhere, a block repeated by `count` or `for_each`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use crate::value::{Guard, SymStr, Val};

use super::module::{Block, Module};

/// A module as called from one place.
pub(super) struct Instance {
    /// Index among the instances of a run.
    pub id: usize,
    /// `module.lake`, `module.lake[0].module.x`; empty for the root.
    pub path: String,
    pub module: Arc<Module>,
    /// When the call exists.
    pub guard: Guard,
    /// The call, and the scope that its arguments are evaluated in; `None` for a root.
    pub call: Option<(Arc<Block>, Scope)>,
    /// Provider configurations passed in, by local name.
    pub providers: BTreeMap<String, String>,
    pub depth: usize,
    /// Directories of the modules that lead here, its own included.
    pub dirs: Vec<std::path::PathBuf>,
}

impl Instance {
    /// The address of something in this instance.
    pub fn address(&self, rest: &str) -> String {
        if self.path.is_empty() { rest.to_owned() } else { format!("{}.{rest}", self.path) }
    }
}

/// What names mean at one place: the module instance, and the names of repetition and of `for` expressions.
#[derive(Clone)]
pub(super) struct Scope {
    pub instance: Arc<Instance>,
    /// `each.key`, `each.value`, `count.index`, iterators of dynamic blocks, variables of `for`.
    pub names: Arc<BTreeMap<String, Arc<Val>>>,
    /// When the instance of the block exists whose arguments are evaluated.
    pub guard: Guard,
}

impl Scope {
    pub fn of(instance: &Arc<Instance>) -> Self {
        Self { instance: instance.clone(), names: Arc::default(), guard: Guard::always() }
    }

    /// The scope with one more name.
    pub fn with(&self, name: &str, value: Val) -> Self {
        let mut names = (*self.names).clone();
        names.insert(name.to_owned(), Arc::new(value));
        Self { instance: self.instance.clone(), names: Arc::new(names), guard: self.guard.clone() }
    }
}

/// One instance of a repeated block.
#[derive(Clone)]
pub(super) struct Member {
    /// `[0]`, `["a"]`, `["*"]`, or nothing.
    pub suffix: String,
    /// The key or index; `None` for a block without repetition.
    pub key: Option<SymStr>,
    /// `each.value`.
    pub value: Option<Val>,
    /// When this instance exists, the module's guard not included.
    pub guard: Guard,
}

/// How a block is repeated.
#[derive(Clone)]
pub(super) struct Expansion {
    pub kind: Repetition,
    pub members: Vec<Member>,
    /// Positions by key: each of a thousand instances is asked for by each of its companions.
    by_key: OnceLock<HashMap<String, usize>>,
}

impl Expansion {
    pub fn new(kind: Repetition, members: Vec<Member>) -> Self {
        Self { kind, members, by_key: OnceLock::new() }
    }

    /// The position of the instance of a key: by known text, by the same symbol, else the one that stands for several.
    pub fn find(&self, index: &Val) -> Option<usize> {
        let by_key = self.by_key.get_or_init(|| {
            let mut by_key = HashMap::new();
            for (at, member) in self.members.iter().enumerate() {
                if let Some(key) = &member.key {
                    by_key.entry(key.display()).or_insert(at);
                }
            }
            by_key
        });
        let at = by_key.get(&index.as_symstr()?.display()).copied();
        at.or_else(|| self.members.iter().position(Member::is_several))
    }
}

impl Member {
    /// Whether it stands for instances whose number or keys are not known.
    pub fn is_several(&self) -> bool {
        matches!(self.suffix.as_str(), "[*]" | "[\"*\"]")
    }
}

/// Kinds of repetition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repetition {
    Single,
    Count,
    ForEach,
}
