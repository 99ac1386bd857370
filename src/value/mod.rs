//! Floor 2: evaluated values. Every value keeps where it was written; what is not known says why.
//!
//! Two shapes of value:
//! - [`Val`] is what an expression language yields (Terraform, CloudFormation, JSON): a tree, symbolic where needed;
//! - [`Attr`] is one typed field of the model, three-valued.
//!
//! Nothing here knows S3. Conditions of guards are canonical text in the syntax of Terraform's expressions, whatever language they
//! come from; only `worlds` reads it.

mod attr;
mod class;
pub mod from_node;
mod guard;
pub mod json;
pub mod ops;
mod origin;
mod symbolic;
mod truth;
mod val;
mod why;
mod worlds;

pub use crate::source::Piece as Lit;
pub use attr::{Attr, Value};
pub use class::{Class, is_account_id};
pub use from_node::from_node;
pub use guard::{Atom, Guard};
pub use origin::{Hop, HopKind, Origin};
pub use symbolic::{Hole, Seg, SymStr, Symbol};
pub use truth::Truth;
pub use val::{Alternative, Entry, Kind, List, Map, Number, Scalar, Val};
pub use why::{Cause, Why};
