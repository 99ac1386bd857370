//! What a tool leaves as it is once it is made, whatever the code says: Terraform's `ignore_changes`.
//!
//! <https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#ignore_changes>

use std::collections::BTreeSet;

/// One field that is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The block that says so.
    pub address: String,
    /// The arguments it names; all where there are none.
    pub names: BTreeSet<String>,
    /// How much of the field that is.
    pub extent: Extent,
}

/// How much of a field is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// A part: the rest is still as the code has it.
    Part,
    /// Of its members these: tags by key, settings of Block Public Access by name.
    Keys(BTreeSet<String>),
}

impl Left {
    /// One clause.
    #[must_use]
    pub fn why(&self) -> String {
        if self.names.is_empty() {
            return format!("{} ignores all changes (lifecycle)", self.address);
        }
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        format!("{} ignores changes of {} (lifecycle)", self.address, names.join(", "))
    }
}
